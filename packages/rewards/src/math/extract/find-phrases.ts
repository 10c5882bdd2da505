import type { Span } from './find-boxes.ts';
import { findNumbers } from './find-numbers.ts';

/** What follows a phrase that announces the answer. */
export interface AnnouncedAnswer {
  /** 0 = "final answer is X. I hope", 50 = "final answer ... is X", 100 = "answer: X", 200 = "answer ... X". */
  readonly priority: 0 | 50 | 100 | 200;
  /** What may be the answer, best first. */
  readonly candidates: readonly Span[];
  /** The words that follow, for answers that are words. */
  readonly words: Span | undefined;
}

const anchor =
  /(final\s+)?(?:\banswers?\b|\br[eé]ponse\b|\brespuesta\b|\bantwort\b|\brisposta\b|\bresposta\b|ответ|الإجابة|الجواب|(?:最终|最後|最后)?(?:答案|回答))/giu;
/** Longest stretch between a phrase and its answer. */
const window = 400;
const maximumAnchors = 50;

/** The answers announced in a text, the last one first. Looks at formulas when told so, and at plain text when told so. */
export function* findAnnounced(
  text: string,
  formulas: readonly Span[],
  targets: { readonly latex: boolean; readonly plain: boolean },
): Generator<AnnouncedAnswer> {
  const anchors: RegExpExecArray[] = [];
  for (const match of text.matchAll(anchor)) anchors.push(match);
  let end = text.length;
  for (let index = anchors.length - 1; index >= Math.max(0, anchors.length - maximumAnchors); index--) {
    const match = anchors[index]!;
    const start = match.index + match[0].length;
    const rest = text.slice(start, Math.min(start + window, end));
    // "Final answer: the final answer is 7": the first of the two announces nothing.
    end = match.index;
    if (rest.trim() === '') continue;
    const isFinal = match[1] !== undefined || /最/.test(match[0]);
    const found = announced({ rest, offset: start, isFinal }, formulas, targets);
    yield decimalCommas.test(match[0]) ? { ...found, candidates: found.candidates.map(withPoint) } : found;
  }
}

// Languages in which 3,5 is three and a half.
const decimalCommas = /^(?:r[eé]ponse|respuesta|antwort|risposta|resposta|ответ)/i;

function withPoint(span: Span): Span {
  return /^\D*\d+,\d+\D*$/.test(span.text) ? { ...span, text: span.text.replace(',', '.') } : span;
}

const verb =
  /^[*_\s]*(?:is|are|was|would be|will be|must be|should be|est|es|ist|è|é|是|为|為|等于|=|:|\uff1a)[*_:=\s]*/i;
const laterVerb = /(?:\s(?:is|are|equals|est|es|ist)(?:\s*:)?\s+|[=:]\s*)(?=[*_]*[-$\\\d(.[{|]|[A-Za-z][\s.]*$)/gi;

/** The text after a phrase. */
interface Announcement {
  readonly rest: string;
  /** Where it begins in the whole text. */
  readonly offset: number;
  readonly isFinal: boolean;
}

function announced(
  { rest, offset, isFinal }: Announcement,
  formulas: readonly Span[],
  targets: { readonly latex: boolean; readonly plain: boolean },
): AnnouncedAnswer {
  const direct = verb.exec(rest);
  const from = direct?.[0].length ?? 0;
  const hasColon = /[:\uff1a]/.test(direct?.[0] ?? '');
  const near = isFinal ? 100 : 50;
  const sentence = firstSentence(rest, from);
  const candidates: Span[] = [];
  const look = (at: number): void => {
    const formula = targets.latex ? formulaAt(rest.slice(at), offset + at, formulas) : undefined;
    if (formula !== undefined) candidates.push(formula);
    else if (targets.plain) candidates.push(...plainAt(rest, at, offset));
  };
  look(from);
  if (candidates.length === 0) {
    // "Final answer: the largest n is 34", "the answer, as we saw, is 34".
    const later = [...sentence.matchAll(laterVerb)].map((match) => from + match.index + match[0].length);
    for (const at of later.reverse()) {
      if (at <= near + 100 && !isInside(formulas, offset + at)) look(at);
    }
  }
  if (targets.latex) {
    const next = formulas.find((one) => one.start >= offset && one.start <= offset + from + near);
    if (next !== undefined && !candidates.includes(next)) candidates.push(next);
  }
  if (targets.plain) {
    const [number] = findNumbers(sentence.slice(0, 100));
    if (number !== undefined) candidates.push(shift(number, offset + from));
  }
  const isHoped = isFinal && /\bI hope\b/.test(rest);
  const words = direct === null ? undefined : wordsAt(sentence, offset + from);
  return { priority: isFinal ? (isHoped ? 0 : 50) : hasColon ? 100 : 200, candidates, words };
}

function isInside(formulas: readonly Span[], position: number): boolean {
  return formulas.some((one) => one.start < position && position < one.end);
}

/** The formula that a text starts with. */
function formulaAt(text: string, offset: number, formulas: readonly Span[]): Span | undefined {
  const skipped = /^[\s*_"'\\]*/.exec(text.slice(0, 20))?.[0].length ?? 0;
  return formulas.find(({ start }) => start >= offset && start <= offset + skipped);
}

const leadIn =
  /^(?:[\s*_"']|(?:therefore|thus|hence|so|just|simply|exactly|approximately|about|around|roughly|only|now|then|then)\b)+/i;
// What a formula in plain text is made of; words end it, apart from names of functions, "and" and "or".
const plainMath =
  /^(?:\\(?!boxed|fbox)[A-Za-z]+|\\[,;:!{}%$ ]|[-+*/^=<>≤≥≠≈±×÷·−()[\]{}|,;.:!%°$€£¥√π∞∪∩′'_&\d\s]|(?:sqrt|sin|cos|tan|cot|sec|csc|log|ln|exp|pi|infinity|inf|and|or|to|min|max|gcd|lcm|arcsin|arccos|arctan|mod)(?![A-Za-z])|[A-Za-z](?![A-Za-z])|[a-z]{2}(?=[\s)]*[=^*/+\-_]))+/i;
const unitWords = /^\s*(?:\\?%|(?:[A-Za-zµΩ°]{1,24}(?:[²³]|\^\d)?(?:\s*\/\s*|\s+)?){1,4})/;

/** A plain formula at a position: as far as it goes, first with the words after it (they may be a unit). */
function plainAt(rest: string, at: number, offset: number): Span[] {
  const sentence = firstSentence(rest, at);
  const skipped = leadIn.exec(sentence)?.[0].length ?? 0;
  const text = sentence.slice(skipped);
  const start = offset + at + skipped;
  const math = plainMath.exec(text)?.[0] ?? '';
  // A letter alone is math, "a nice day" is not.
  const trimmed = trimEnd(math);
  if (trimmed === '' || !/[\dA-Za-z∞π]/.test(trimmed)) return [];
  if (!/\d/.test(trimmed) && /^\s*[A-Za-z]{2}/.test(text.slice(math.length))) return [];
  const spans: Span[] = [];
  const unit = unitWords.exec(text.slice(trimmed.length))?.[0] ?? '';
  if (unit.trim() !== '' && /\d[\s)}]*$/.test(trimmed) && text.slice(trimmed.length + unit.length).trim() === '') {
    spans.push({ text: `${trimmed}${unit}`, start, end: start + trimmed.length + unit.length });
  }
  spans.push({ text: trimmed, start, end: start + trimmed.length });
  return spans;
}

const loose = new Set(' \t\r\n,;:.!-+=<>"\'*_$&'.split(''));

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && loose.has(text[end - 1]!) && !(text[end - 1] === '!' && /[\d)nk]/.test(text[end - 2] ?? ''))) end--;
  const trimmed = text.slice(0, end).replace(/\s+(?:and|or|to|a|i)$/i, '');
  return trimmed.length === end ? trimmed : trimEnd(trimmed);
}

function wordsAt(sentence: string, start: number): Span | undefined {
  const text = sentence.replace(/^[\s*_"'`]+|[\s*_"'`]+$/g, '');
  return text === '' || text.length > 80 ? undefined : { text, start, end: start + sentence.length };
}

// A period that ends a sentence is followed by space; one inside a number is not.
function firstSentence(text: string, from: number): string {
  const rest = text.slice(from);
  const end = /\n|(?<!\\)[.?](?=\s|$)|!(?=\s+[A-Z]|$)|[。！？]/.exec(rest)?.index ?? rest.length;
  return rest.slice(0, end);
}

function shift(span: Span, offset: number): Span {
  return { text: span.text, start: span.start + offset, end: span.end + offset };
}
