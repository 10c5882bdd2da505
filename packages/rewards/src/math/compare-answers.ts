import type { NumberAnswer, TextAnswer } from './parse-answer.ts';
import { equals, formatRational, type Rational, roundsTo } from './rational.ts';

/** How numbers are compared. */
export interface ComparisonOptions {
  /**
   * A decimal number with at least this many places also equals every number that rounds to it; `null` = exact only.
   */
  readonly decimalPlaces: number | null;
  /** `both`: against a number without `%`, 28% is 0.28 as well as 28. `fraction`: it is 0.28. */
  readonly percentReadings: 'both' | 'fraction';
}

/** Whether an answer is the reference answer, and what was compared. */
export interface Comparison {
  readonly verdict: 'correct' | 'incorrect' | 'unverifiable';
  readonly reason: string;
}

/** Compares an answer with the reference answer (gold). A reference that is no number only confirms identical text. */
export function compareAnswers(
  gold: NumberAnswer | TextAnswer,
  answer: NumberAnswer | TextAnswer,
  options: ComparisonOptions,
): Comparison {
  if (gold.kind === 'text') return compareTexts(gold, answer);
  if (answer.kind === 'text') {
    return { verdict: 'incorrect', reason: `the answer cannot be read as one number: ${answer.reason}` };
  }
  const verdict = numbersMatch(gold, answer, options) ? 'correct' : 'incorrect';
  const sign = verdict === 'correct' ? 'equals' : 'differs from';
  return { verdict, reason: `${describe(answer)} ${sign} the reference ${describe(gold)}` };
}

function compareTexts(gold: TextAnswer, answer: NumberAnswer | TextAnswer): Comparison {
  if (gold.text === '') return { verdict: 'unverifiable', reason: `the reference answer is unusable: ${gold.reason}` };
  if (answer.kind === 'text' && answer.text === gold.text) {
    return { verdict: 'correct', reason: `"${gold.text.slice(0, 60)}" is the reference answer` };
  }
  if (isChoice(gold) && isChoice(answer)) {
    return { verdict: 'incorrect', reason: `choice ${answer.text} differs from the reference ${gold.text}` };
  }
  return {
    verdict: 'unverifiable',
    reason: `the reference answer is not a number (${gold.reason}), so only identical text can be confirmed`,
  };
}

function isChoice(answer: NumberAnswer | TextAnswer): answer is TextAnswer {
  return answer.kind === 'text' && /^[A-Z]$/.test(answer.text);
}

function numbersMatch(gold: NumberAnswer, answer: NumberAnswer, options: ComparisonOptions): boolean {
  return readingPairs(gold, answer, options).some(
    ([left, right]) =>
      equals(left, right) ||
      (isRounded(right, answer, options) && roundsTo(left, right, answer.decimals ?? 0)) ||
      (isRounded(left, gold, options) && roundsTo(right, left, gold.decimals ?? 0)),
  );
}

/** What to compare: when both carry a percent sign or a word of scale, these count; else either reading may match. */
function readingPairs(gold: NumberAnswer, answer: NumberAnswer, options: ComparisonOptions): [Rational, Rational][] {
  if (gold.scaled !== undefined && answer.scaled !== undefined) return [[gold.scaled, answer.scaled]];
  const exact = answer.exact === undefined ? [] : [answer.exact];
  return readings(gold, options).flatMap((left) =>
    [...readings(answer, options), ...exact].map((right): [Rational, Rational] => [left, right]),
  );
}

function readings(number: NumberAnswer, { percentReadings }: ComparisonOptions): Rational[] {
  if (number.scaled === undefined) return [number.value];
  return number.percent && percentReadings === 'fraction' ? [number.scaled] : [number.value, number.scaled];
}

/** Whether a reading stands for all numbers that round to it: it is the decimal number as written, with enough places. */
function isRounded(reading: Rational, written: NumberAnswer, { decimalPlaces }: ComparisonOptions): boolean {
  const { decimals, value } = written;
  if (decimals === undefined || decimalPlaces === null || decimals < decimalPlaces) return false;
  // A zero is never what a number was rounded to: 0.000000 is not 10^-20.
  return reading.numerator !== 0n && equals(reading, value);
}

function describe(number: NumberAnswer): string {
  if (number.scaled === undefined) return formatRational(number.value);
  return number.percent ? `${formatRational(number.value)}%` : formatRational(number.scaled);
}
