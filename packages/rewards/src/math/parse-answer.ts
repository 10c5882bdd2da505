import { cleanMath } from './clean-math.ts';
import { evaluateArithmetic } from './evaluate-arithmetic.ts';
import { equals, multiply, type Rational, rational, roundsTo } from './rational.ts';
import { readUnit } from './unit.ts';

/** An answer that is one number. */
export interface NumberAnswer {
  readonly kind: 'number';
  /** The number as written, without `%` and words of scale: 28 for `28%`, 5 for `5 million`. */
  readonly value: Rational;
  /** With them: 0.28, 5000000. `undefined` when there are none. */
  readonly scaled: Rational | undefined;
  /** What it was rounded from, where the answer says so: 10/3 in `10/3 = 3.33`. */
  readonly exact: Rational | undefined;
  readonly percent: boolean;
  /** Digits after the point when it is written as a decimal number. */
  readonly decimals: number | undefined;
}

/** An answer that is something else. */
export interface TextAnswer {
  readonly kind: 'text';
  /** Cleaned, without spaces: equal texts are the same answer. */
  readonly text: string;
  /** Why it is not a number. */
  readonly reason: string;
}

/** Longest answer that is looked at. */
const maximumLength = 10_000;

/**
 * Reads an answer, already cut out of its text, as a number or as text. Wrappers (`$`, `\boxed`, `\text`, bold),
 * units, currency, a variable before `=` and punctuation at the end are dropped; equal sides of a calculation are one
 * number.
 */
export function parseAnswer(text: string): NumberAnswer | TextAnswer {
  if (text.length > maximumLength) {
    return { kind: 'text', text: '', reason: `it is longer than ${maximumLength} characters` };
  }
  const clean = unwrap(cleanMath(text));
  const asText = (reason: string): TextAnswer => ({ kind: 'text', text: comparableText(clean), reason });
  if (clean === '') return asText('it is empty');
  if (relation.test(clean)) return asText('it is a relation');
  const { sides, approximateFrom } = splitSides(clean);
  const parsed = sides.map(parseQuantity);
  // "10/3 ≈ 3.3" is 10/3, "x ≈ 3.3" is 3.3.
  const before = parsed.slice(0, approximateFrom);
  const isNamed = before.length > 0 && before.every((side) => 'reason' in side && side.isName);
  const number = oneNumber(approximateFrom === 0 || isNamed ? parsed : before);
  return typeof number === 'string' ? asText(number) : number;
}

const relation = /[<>\u2264\u2265\u2260]|\\(?:leq?|geq?|neq?|lt|gt|in|leqslant|geqslant|pm)(?![a-zA-Z])/;

/** A side of an equation that is no number. */
interface UnreadSide {
  readonly reason: string;
  /** It can stand for a number all the same: a variable, a label, a constant beyond our arithmetic. */
  readonly isName: boolean;
}

/** The number that all sides of an equation agree on, or why there is none. */
function oneNumber(sides: readonly (NumberAnswer | UnreadSide)[]): NumberAnswer | string {
  const numbers = sides.filter((side) => 'kind' in side);
  const last = numbers.at(-1);
  const unread = sides.find((side): side is UnreadSide => 'reason' in side && (last === undefined || !side.isName));
  if (unread !== undefined) return unread.reason;
  if (last === undefined) return 'it is empty';
  let exact: Rational | undefined;
  for (const number of numbers) {
    if (equals(number.value, last.value)) continue;
    if (last.decimals === undefined || last.decimals === 0 || !roundsTo(number.value, last.value, last.decimals)) {
      return 'the sides of its equation differ';
    }
    exact = number.value;
  }
  return { ...last, exact };
}

// `x`, `f(2)`, `\\sin \\pi`, `|3 - 5|` or "cost of 3 apples", but not `2x` or `x^2 + 1`, whose value is not that of the
// answer, nor "17, because 9 * 2".
function isName(side: string): boolean {
  const bare = side.replace(/\\[A-Za-z]+|_\s*(?:\{[^{}]*\}|\w)/g, ' ').trim();
  if (!/[A-Za-z]/.test(bare) || /^[A-Za-z]+'*\s*\([^()]*\)$/.test(bare)) return true;
  return /^\d/.test(bare) ? false : /[A-Za-z]{3}/.test(bare) || !/[-+*/^!\d]/.test(bare);
}

/** One side as a number with its unit. */
function parseQuantity(side: string): NumberAnswer | UnreadSide {
  const text = peel(side.replace(leadIn, ''));
  const result = evaluateArithmetic(text);
  if ('problem' in result) {
    return { reason: result.reason, isName: result.problem === 'not-arithmetic' && isName(side) };
  }
  const unit = readUnit(text.slice(result.end));
  if (unit === undefined) {
    const rest = shorten(text.slice(result.end).trim());
    return { reason: `"${rest}" after the number is not a unit`, isName: isName(side) };
  }
  const factor = unit.percent ? rational(1n, 100n) : rational(unit.scale);
  return {
    kind: 'number',
    value: result.value,
    scaled: unit.percent || unit.scale !== 1n ? multiply(result.value, factor) : undefined,
    exact: undefined,
    percent: unit.percent,
    decimals: result.decimals,
  };
}

const leadIn = /^(?:\s*(?:approximately|about|around|exactly|only|roughly|is|are|equals?|:|~))+\s*/i;

/** Cuts at `=` and `≈` outside of brackets. `approximateFrom` = index of the first side after a `≈`, else 0. */
function splitSides(text: string): { sides: string[]; approximateFrom: number } {
  const sides: string[] = [];
  let approximateFrom = 0;
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    if ('({['.includes(character)) depth++;
    else if (')}]'.includes(character)) depth--;
    else if (depth === 0 && (character === '=' || character === '\u2248')) {
      if (index > start || sides.length > 0) sides.push(text.slice(start, index));
      start = index + 1;
      if (character === '\u2248' && approximateFrom === 0) approximateFrom = sides.length;
    }
  }
  sides.push(text.slice(start));
  return { sides, approximateFrom };
}

const wrapper = /^\\(?:boxed|fbox|text\w*|math(?:bf|rm|it|sf|tt|cal)|mbox|bm)\s*\{/;

function unwrap(text: string): string {
  let inner = text.replace(/\\[()[\]]/g, ' ');
  for (let round = 0; round < 8; round++) {
    const before = inner;
    inner = trimEnd(inner.replace(/^[\s*_`]+/, ''));
    const open = wrapper.exec(inner);
    if (open !== null && closingBrace(inner, open[0].length - 1) === inner.length - 1) {
      inner = inner.slice(open[0].length, -1);
    }
    if (inner === before) return inner;
  }
  return inner;
}

// A loop, not a regular expression ending in `$`: that would be quadratic in runs of spaces.
function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && ' \t\r\n*_`.,;:\\\u3002\uff0c'.includes(text[end - 1]!)) end--;
  return text.slice(0, end);
}

/** Without parentheses and braces that go around everything, however many: the evaluator's depth is bounded. */
function peel(text: string): string {
  let start = 0;
  let end = text.length;
  const partner = new Map<number, number>();
  const open: number[] = [];
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '(' || text[index] === '{') open.push(index);
    else if (text[index] === ')' || text[index] === '}') partner.set(open.pop() ?? -1, index);
  }
  for (;;) {
    while (text[start] === ' ') start++;
    while (end > start && text[end - 1] === ' ') end--;
    // Values separated by commas are a tuple; the parentheses have to stay for the evaluator to see it.
    if (partner.get(start) !== end - 1 || (text[start] === '(' && text.includes(','))) break;
    start++;
    end--;
  }
  return text.slice(start, end);
}

function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (let index = open; index < text.length; index++) {
    if (text[index] === '\\') index++;
    else if (text[index] === '{') depth++;
    else if (text[index] === '}' && --depth === 0) return index;
  }
  return -1;
}

function comparableText(clean: string): string {
  const inner = clean.replace(/\\(?:text\w*|math(?:bf|rm|it)|mbox)\s*\{([^{}]*)\}/g, '$1');
  const bare = inner.replace(/\s+/g, '').replace(/\{(\w)\}/g, '$1');
  return /^\(([A-Za-z])\)$/.exec(bare)?.[1] ?? bare;
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 37)}…` : text;
}
