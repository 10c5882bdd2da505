import type { MathVerifierOptions } from '../verifier-options.ts';
import { findBoxed, hasOpenBox, type Span } from './find-boxes.ts';
import { findChoice } from './find-choices.ts';
import { findFormulas } from './find-formulas.ts';
import { findNumbers } from './find-numbers.ts';
import { type AnnouncedAnswer, findAnnounced } from './find-phrases.ts';

/** How an answer was found. */
export type AnswerSource =
  | 'boxed'
  | 'hash'
  | 'phrase'
  | 'formula'
  | 'number'
  | 'choice'
  | 'string'
  | 'bracket'
  | 'whole';

/** What may be the answer of a response. */
export interface AnswerCandidate {
  /** As written. */
  readonly text: string;
  readonly source: AnswerSource;
  /** Whether the next candidate counts when this one cannot be read: a box is final, a number in a sentence is not. */
  readonly isFinal: boolean;
  /** Words, for a reference that is words. */
  readonly isWords: boolean;
}

/** Only the end of a response is searched. */
const searchedCharacters = 40_000;

/** The text that counts: after the last delimiter; `undefined` without one. */
export function afterReasoning(response: string, delimiters: readonly string[]): string | undefined {
  if (delimiters.length === 0) return response;
  let start = -1;
  for (const delimiter of delimiters) {
    const at = response.lastIndexOf(delimiter);
    if (at !== -1) start = Math.max(start, at + delimiter.length);
  }
  return start === -1 ? undefined : response.slice(start);
}

/**
 * What may be the answer of a response, best first: boxes, `####`, what a phrase announces ("the final answer is", "answer:",
 * "answer"), then the last formula or number. Lazy: a response with a box costs no search for formulas. Every search is one
 * pass over the end of the text.
 */
export function* answerCandidates(response: string, options: MathVerifierOptions): Generator<AnswerCandidate> {
  // GSM8K's calculator notes repeat what stands beside them.
  const tail = response.slice(-searchedCharacters);
  const text = tail.includes('<<') ? tail.replace(/<<[^<>\n]*>>/g, '') : tail;
  const { boxedPriority } = options;
  const wants = (target: MathVerifierOptions['extract'][number]): boolean => options.extract.includes(target);
  if (text.trim() === '') return;
  if (wants('raw')) yield candidate({ text }, 'whole', true);
  yield* namedOptions(text, options);
  if (wants('bracket')) yield* bracketed(text);
  const boxed = (wants('boxed') || wants('latex')) && boxedPriority >= 0 ? findBoxed(text) : undefined;
  const latex = wants('latex');
  const plain = wants('expr');
  const phrases = latex || plain;
  let isBoxDue = boxed !== undefined;
  if (isBoxDue && boxed !== undefined && !(phrases && mayComeBefore(text, boxed, boxedPriority))) {
    isBoxDue = false;
    yield candidate(boxed, 'boxed', true);
  }
  if (wants('hash')) yield* hashed(text);
  if (!phrases) {
    if (isBoxDue && boxed !== undefined) yield candidate(boxed, 'boxed', true);
    return;
  }
  const formulas = latex ? findFormulas(text) : [];
  const announced = [...findAnnounced(text, formulas, { latex, plain })];
  for (const priority of [0, 50, 100, 200] as const) {
    for (const one of announced) {
      if (one.priority !== priority) continue;
      const comesFirst = isBoxDue && boxed !== undefined && boxPrecedes(boxed, boxedPriority, one);
      if (comesFirst && boxed !== undefined) {
        isBoxDue = false;
        yield candidate(boxed, 'boxed', true);
      }
      for (const span of one.candidates) yield candidate(span, 'phrase', false);
      if (one.words !== undefined) yield { ...candidate(one.words, 'phrase', false), isWords: true };
    }
    if (isBoxDue && boxed !== undefined && boxedPriority <= priority) {
      isBoxDue = false;
      yield candidate(boxed, 'boxed', true);
    }
  }
  if (isBoxDue && boxed !== undefined) yield candidate(boxed, 'boxed', true);
  if (options.unanchored) yield* lastOnes(text, formulas, plain);
}

function candidate({ text }: Pick<Span, 'text'>, source: AnswerSource, isFinal: boolean): AnswerCandidate {
  return { text, source, isFinal, isWords: false };
}

// Only "final answer is X. I hope" competes with a box of the highest priority, and then the later of both counts.
function mayComeBefore(text: string, boxed: Span, boxedPriority: number): boolean {
  return boxedPriority > 0 || /final\s+answer[^]{0,400}\bI hope\b/i.test(text.slice(boxed.end));
}

function boxPrecedes(boxed: Span, boxedPriority: number, { priority, candidates: [rival] }: AnnouncedAnswer): boolean {
  if (boxedPriority !== priority) return boxedPriority < priority;
  return rival === undefined || boxed.end >= rival.end;
}

function* namedOptions(text: string, options: MathVerifierOptions): Generator<AnswerCandidate> {
  for (const source of ['choice', 'string'] as const) {
    if (!options.extract.includes(source)) continue;
    const ignoreCase = source === 'string' && options.ignoreCase;
    const found = findChoice(text, options.strings, { anchored: !options.unanchored, ignoreCase });
    if (found !== undefined) yield { text: found, source, isFinal: true, isWords: true };
  }
}

function* bracketed(text: string): Generator<AnswerCandidate> {
  const at = text.lastIndexOf(']');
  const start = text.lastIndexOf('[', at);
  if (at === -1 || start === -1) return;
  const content = text
    .slice(start + 1, at)
    .replaceAll('$', ' ')
    .trim();
  if (content !== '') yield candidate({ text: content }, 'bracket', false);
}

function* hashed(text: string): Generator<AnswerCandidate> {
  const at = text.lastIndexOf('####');
  const line = at === -1 ? '' : (text.slice(at + 4).split('\n', 1)[0] ?? '');
  if (line.trim() !== '') yield candidate({ text: line }, 'hash', true);
}

function isFormula(text: string): boolean {
  if (text === '' || text.length >= 200 || hasOpenBox(text) || !/^[\x20-\x7e√π∞∪∩≤≥≠±×÷·°−]+$/.test(text)) return false;
  // 100m2 is an area, not 200m.
  if (/\d\s?[a-z]{1,2}[23]$/.test(text)) return false;
  const bare = text.replace(/\\[A-Za-z]+|sqrt|sin|cos|tan|log|exp/g, '');
  return !/\$|[A-Za-z]{3}|(?:^|\s)[A-Za-z]{2,}(?:\s|$)/.test(bare);
}

/** Formulas tried from the end. */
const maximumTried = 8;

function* lastOnes(text: string, formulas: readonly Span[], plain: boolean): Generator<AnswerCandidate> {
  const whole = text.trim();
  // A response that is a formula and nothing else: "x^2 + 1", "2/3".
  if (plain && isFormula(whole)) {
    const [number] = findNumbers(whole);
    if (number === undefined || number.text.length < whole.length) yield candidate({ text: whole }, 'whole', false);
  }
  const numbers = plain ? findNumbers(text) : [];
  let number = numbers.length - 1;
  let formula = formulas.length - 1;
  for (let tried = 0; tried < maximumTried && (number >= 0 || formula >= 0); tried++) {
    const one = numbers[number];
    const other = formulas[formula];
    if (other !== undefined && (one === undefined || other.end >= one.end)) {
      yield candidate(other, 'formula', false);
      // Numbers inside of a formula are not answers of their own.
      while (number >= 0 && numbers[number]!.start >= other.start) number--;
      formula--;
    } else if (one !== undefined) {
      yield candidate(one, 'number', false);
      number--;
    }
  }
}
