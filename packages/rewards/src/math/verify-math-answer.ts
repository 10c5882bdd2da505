import type { Verdict } from '@rlloom/spec';
import { compareExpressions } from './compare/compare-expressions.ts';
import { type Comparing, type ComparisonTier, type Equality, startComparing } from './compare/comparison.ts';
import { sameText } from './compare/same-text.ts';
import type { ErrorPattern } from './error-patterns/error-pattern.ts';
import { findErrorPatterns } from './error-patterns/find-error-patterns.ts';
import { responsePatterns } from './error-patterns/response-patterns.ts';
import { afterReasoning, answerCandidates, type AnswerCandidate, type AnswerSource } from './extract/extract-answer.ts';
import { hasOpenBox } from './extract/find-boxes.ts';
import type { Expression } from './expression/expression.ts';
import { formatExpression } from './expression/format-expression.ts';
import { type AnswerReading, readAnswer } from './read-answer.ts';
import { readReference } from './read-reference.ts';
import { mathVerifierDefaults, type MathVerifierOptions } from './verifier-options.ts';
import { withinStack } from './within-stack.ts';

/** What a comparison of two answers found. */
export interface MathComparison {
  readonly verdict: Verdict;
  /** The reference as it was read, for people and for caches; `undefined` when it could not be read. */
  readonly referenceExpression: string | undefined;
  /** The answer as it was read; `undefined` when there is none or it could not be read. */
  readonly answerExpression: string | undefined;
  /** What decided; `undefined` when nothing was compared. */
  readonly tier: ComparisonTier | undefined;
  /** What was compared, and `error pattern: ` with a name of `errorPatternMeanings`. */
  readonly reasons: readonly string[];
}

/** What `verifyMathAnswer` found. */
export interface MathVerdict extends MathComparison {
  /** The answer as written in the response; `undefined` when there is none. */
  readonly answer: string | undefined;
  /** How it was found. */
  readonly source: AnswerSource | undefined;
}

/** Candidates that are read before a response counts as without an answer. */
const maximumCandidates = 16;

/**
 * Whether a response ends in the reference answer. The answer is looked for where `extract` says, then both are compared:
 * the same text; exact numbers (fractions, decimals, percents, units); part by part (tuples, sets, intervals, matrices,
 * relations); constants to 75 digits; formulas at sample points. Every step has a budget. A missing or unreadable answer is
 * `incorrect`; a reference that cannot be read, and what the budget cannot decide, is `unverifiable`.
 *
 * @example
 * ```ts
 * verifyMathAnswer('48/2 = 24, so \\boxed{24} clips', '24').verdict; // => 'correct'
 * verifyMathAnswer('Thus $(x+1)^2$.', 'x^2 + 2x + 1').tier; // => 'symbolic'
 * verifyMathAnswer('The answer is -24.', '24').reasons[1]; // => 'error pattern: sign_flipped'
 * ```
 */
export function verifyMathAnswer(
  response: string,
  finalAnswer: string,
  options: Partial<MathVerifierOptions> = {},
): MathVerdict {
  const settings = { ...mathVerifierDefaults, ...options };
  const reference = readReference(finalAnswer, settings);
  if (reference.text.trim() === '') return nothing('unverifiable', 'the reference answer is empty');
  const part = afterReasoning(response, settings.reasoningDelimiters);
  if (part === undefined) {
    const names = settings.reasoningDelimiters.map((one) => `"${one}"`).join(' or ');
    return nothing('incorrect', `no answer: ${names} is missing`);
  }
  const explained = (verdict: MathVerdict): MathVerdict => {
    if (verdict.verdict !== 'incorrect' || settings.extract.includes('raw')) return verdict;
    const needsBox = settings.extract.every((target) => target === 'boxed');
    const patterns = responsePatterns({ text: part, answer: verdict.answer, gold: reference.expression, needsBox });
    return { ...verdict, reasons: [...verdict.reasons, ...patternReasons(patterns)] };
  };
  let tried = 0;
  let unreadable: { readonly candidate: AnswerCandidate; readonly problem: string } | undefined;
  for (const candidate of answerCandidates(part, settings)) {
    if (++tried > maximumCandidates) break;
    if (candidate.isWords && !reference.isWords) continue;
    const isSame = sameText(reference.text, candidate.text);
    const read = candidate.isWords ? readWords(candidate.text) : readAnswer(candidate.text);
    if (read.expression === undefined && !isSame) {
      unreadable ??= { candidate, problem: read.problem ?? '' };
      if (candidate.isFinal) break;
      continue;
    }
    // A name in passing ("for all $x$") is no answer where a value is asked for.
    if (!candidate.isFinal && !reference.isWords && !isSame && read.isWords) continue;
    return explained({ ...compareRead(reference, read, settings), answer: candidate.text, source: candidate.source });
  }
  if (unreadable === undefined) return explained(nothing('incorrect', missingAnswer(part)));
  const { candidate, problem } = unreadable;
  const verdict = reference.expression === undefined ? 'unverifiable' : 'incorrect';
  return explained({
    ...nothing(verdict, `the answer "${shorten(candidate.text.trim(), 60)}" cannot be read: ${problem}`),
    answer: candidate.text,
    source: candidate.source,
  });
}

/**
 * Whether an answer, cut out of its response already, is the reference answer; like `verifyMathAnswer` without the search.
 *
 * @example
 * ```ts
 * compareMath('\\frac{1}{2}', '0.5').verdict; // => 'correct'
 * compareMath('[0, 1)', '[0, 1]').verdict; // => 'incorrect'
 * ```
 */
export function compareMath(
  finalAnswer: string,
  answer: string,
  options: Partial<MathVerifierOptions> = {},
): MathComparison {
  const {
    answer: _answer,
    source: _source,
    ...comparison
  } = verifyMathAnswer(answer, finalAnswer, {
    ...options,
    extract: ['raw'],
  });
  return comparison;
}

function readWords(text: string): AnswerReading {
  return { text, expression: { kind: 'text', text }, problem: undefined, isWords: true };
}

function compareRead(reference: AnswerReading, read: AnswerReading, options: MathVerifierOptions): MathComparison {
  const answer = read.expression;
  const texts = {
    referenceExpression: spelled(reference.expression),
    answerExpression: spelled(answer),
  };
  if (sameText(reference.text, read.text)) {
    const reason = `"${shorten(reference.text.trim(), 60)}" is the reference answer`;
    return { verdict: 'correct', tier: 'text', reasons: [reason], ...texts };
  }
  if (reference.expression === undefined || answer === undefined) {
    const reason = `the reference answer "${shorten(reference.text, 60)}" cannot be read (${reference.problem}), so only the same text can be confirmed`;
    return { verdict: 'unverifiable', tier: 'text', reasons: [reason], ...texts };
  }
  const comparing = startComparing(options);
  const equality = compareWithinStack(reference.expression, answer, comparing);
  const tier = comparing.hasParts ? 'structure' : comparing.tier;
  const [left, right] = [shorten(texts.answerExpression ?? '', 80), shorten(texts.referenceExpression ?? '', 80)];
  if (equality === 'unknown') {
    const reason = `whether ${left} is the reference ${right} could not be found out: ${comparing.problem ?? 'it takes too long'}`;
    return { verdict: 'unverifiable', tier, reasons: [reason], ...texts };
  }
  if (equality === 'equal')
    return { verdict: 'correct', tier, reasons: [`${left} equals the reference ${right}`], ...texts };
  const patterns = patternReasons(findErrorPatterns(answer, reference.expression));
  return {
    verdict: 'incorrect',
    tier,
    reasons: [`${left} differs from the reference ${right}`, ...patterns],
    ...texts,
  };
}

function compareWithinStack(gold: Expression, answer: Expression, comparing: Comparing): Equality {
  try {
    return compareExpressions(gold, answer, comparing);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    comparing.problem = 'it is nested too deeply';
    return 'unknown';
  }
}

function spelled(expression: Expression | undefined): string | undefined {
  return expression === undefined ? undefined : withinStack(() => formatExpression(expression));
}

function patternReasons(patterns: readonly ErrorPattern[]): string[] {
  return patterns.map((name) => `error pattern: ${name}`);
}

function nothing(verdict: Verdict, reason: string): MathVerdict {
  return {
    verdict,
    answer: undefined,
    source: undefined,
    referenceExpression: undefined,
    answerExpression: undefined,
    tier: undefined,
    reasons: [reason],
  };
}

function missingAnswer(response: string): string {
  if (response.trim() === '') return 'no answer: the response is empty';
  return hasOpenBox(response) ? 'no answer: \\boxed{ is not closed' : 'no answer was found';
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
