import { type NumberAnswer, parseAnswer, type TextAnswer } from './parse-answer.ts';

/** A way to find the answer in a text. */
export type AnswerSource = 'boxed' | 'hash' | 'phrase' | 'last';

/** An answer and where it was found. */
export interface ExtractedAnswer {
  readonly source: AnswerSource;
  /** As written. */
  readonly written: string;
  readonly answer: NumberAnswer | TextAnswer;
}

/** Only the end of a response is searched. */
const searchedCharacters = 20_000;

/**
 * The final answer of a response: the first of `sources` that finds one. `boxed` = the last `\boxed` or `\fbox`,
 * neighbours joined by commas or "and" count together; `hash` = the rest of the last line with `####`; `phrase` = what
 * follows the last "answer is" or "answer:"; `last` = the last formula or number. What a source finds is final, also
 * when it is no number.
 */
export function extractAnswer(response: string, sources: readonly AnswerSource[]): ExtractedAnswer | undefined {
  // GSM8K's calculator notes repeat what stands beside them.
  const text = response.slice(-searchedCharacters).replace(/<<[^<>\n]*>>/g, '');
  for (const source of sources) {
    const found = finders[source](text);
    if (found !== undefined) return { source, ...found };
  }
  return undefined;
}

type Found = Pick<ExtractedAnswer, 'written' | 'answer'>;

const finders: Readonly<Record<AnswerSource, (text: string) => Found | undefined>> = {
  boxed: findBoxed,
  hash: findHash,
  phrase: findPhrase,
  last: findLast,
};

function found(written: string): Found {
  return { written, answer: parseAnswer(written) };
}

function findBoxed(text: string): Found | undefined {
  const boxes = closedBoxes(text);
  const last = boxes.at(-1);
  if (last === undefined) {
    const bare = [...text.matchAll(/\\f?box(?:ed)?[ ]+(-?[\d./,]*\d)/g)].at(-1)?.[1];
    return bare === undefined ? undefined : found(bare);
  }
  const joined = [text.slice(last.start, last.end)];
  for (let index = boxes.length - 2, next = last; index >= 0; index--) {
    const box = boxes[index]!;
    if (!isJoint(text.slice(box.end + 1, next.command))) break;
    joined.unshift(text.slice(box.start, box.end));
    next = box;
  }
  return found(joined.join(', '));
}

/** Where the content of a box lies; `command` is where its command begins. */
interface Box {
  readonly command: number;
  readonly start: number;
  readonly end: number;
}

/** Outermost boxes that are closed, in order. One pass: a text of nothing but `\boxed{` costs no more than another. */
function closedBoxes(text: string): Box[] {
  const boxes: Box[] = [];
  const open: (Omit<Box, 'end'> | undefined)[] = [];
  const brace = /\\(?:boxed|fbox)\s*\{|\\[\\{}]|[{}]/g;
  for (const match of text.matchAll(brace)) {
    const [token] = match;
    if (token === '{') open.push(undefined);
    else if (token === '}') {
      const box = open.pop();
      if (box === undefined) continue;
      while ((boxes.at(-1)?.command ?? -1) > box.command) boxes.pop();
      boxes.push({ ...box, end: match.index });
    } else if (token.length > 2) open.push({ command: match.index, start: match.index + token.length });
  }
  return boxes;
}

function isJoint(between: string): boolean {
  return between.length < 60 && /^(?:\\(?:q?quad|[,;: ])|\\text\s*\{\s*(?:and|or)\s*\}|and|or|[\s,;$])*$/.test(between);
}

function findHash(text: string): Found | undefined {
  const at = text.lastIndexOf('####');
  if (at === -1) return undefined;
  const line = text.slice(at + 4).split('\n', 1)[0] ?? '';
  return line.trim() === '' ? undefined : found(line);
}

const phrase = /\banswer[*_\s]*(?:is|are|was|would be|will be|must be|=|:|\uff1a)[*_:=\s]*/gi;

function findPhrase(text: string): Found | undefined {
  let end = -1;
  for (const match of text.matchAll(phrase)) end = match.index + match[0].length;
  if (end === -1) return undefined;
  const rest = text.slice(end, end + 400);
  const formula = /^(?:\$\$?([^$]+)\$|\\\(([^\n]+?)\\\)|\\\[(.+?)\\\])/s.exec(rest);
  const sentence = firstSentence(rest);
  const whole = found(sentence);
  if (whole.answer.kind === 'number') return whole;
  if (formula !== null) {
    // "$7$ or $8$" names several answers, which is none.
    const after = rest.slice(formula[0].length);
    const one = found(formula[1] ?? formula[2] ?? formula[3] ?? '');
    return one.answer.kind === 'number' && /^\s*(?:,|or\b|and\b|\\text\{ ?(?:or|and))\s*[$\\\d-]/.test(after)
      ? whole
      : one;
  }
  const numbers = numberTokens(sentence);
  const first = numbers[0];
  if (first === undefined) return sentence.trim() === '' ? undefined : whole;
  const second = numbers[1];
  if (second !== undefined && /^\s*(?:,|;|or|and|to|\/|[-\u2013])?\s*$/.test(sentence.slice(first.end, second.start)))
    return whole;
  return found(first.text);
}

// A period that ends a sentence is followed by space; one inside a number is not.
function firstSentence(text: string): string {
  const end = /\n|(?<!\\)[.!?](?=\s|$)|\u3002/.exec(text)?.index ?? text.length;
  return text.slice(0, end);
}

function findLast(text: string): Found | undefined {
  const lastNumber = numberTokens(text).at(-1);
  const formula = lastFormula(text);
  if (formula !== undefined && formula.end >= (lastNumber?.end ?? 0)) return found(formula.text);
  return lastNumber === undefined ? undefined : found(lastNumber.text);
}

interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

// Digits that belong to a name, an index or an exponent are no number of their own, nor is a coefficient like 5x.
const numberToken =
  /(?<![\w.^\\])(?:[-\u2212](?:(?<![\w)\]}]\s*[-\u2212])\s*|(?<![\d)\]}]\s*[-\u2212]|\w[-\u2212])))?(?:[$\u20ac\u00a3\u00a5\u20b9]\s?|\\\$)?(?:\\[dtc]?frac\s*(?:\{[^{}]{1,40}\}|\d)\s*(?:\{[^{}]{1,40}\}|\d)|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{4,},\d{1,2}(?!\d)|\d+(?:\.\d+)?|\.\d+)(?:\s?\/\s?\d+(?:\.\d+)?)?(?:\s?\\?%)?(?!\.?\d|[a-fi-kn-rt-zBDEG-IMO-SUX-Z](?![A-Za-z])|\^)/g;

function numberTokens(text: string): Token[] {
  return [...text.matchAll(numberToken)].map((match) => ({
    text: match[0],
    start: match.index,
    end: match.index + match[0].length,
  }));
}

/** The last `$…$`, `\(…\)` or `\[…\]`. A dollar before a number that no formula closes is money. */
function lastFormula(text: string): Token | undefined {
  let last: Token | undefined;
  for (const match of text.matchAll(
    /\$\$([^$]+)\$\$|\$([^$\s](?:[^$\n]*[^$\s])?)\$(?!\d)|\\\(([^\n]{0,300}?)\\\)|\\\[([^$]{0,300}?)\\\]/g,
  )) {
    last = {
      text: match[1] ?? match[2] ?? match[3] ?? match[4] ?? '',
      start: match.index,
      end: match.index + match[0].length,
    };
  }
  return last;
}
