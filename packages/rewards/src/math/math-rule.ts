import type { RewardFunction, Verdict } from '@rlloom/spec';
import { checkSteps, type StepCheck } from './check-steps.ts';
import { compareAnswers } from './compare-answers.ts';
import { errorPatterns } from './error-patterns.ts';
import { type AnswerSource, extractAnswer } from './extract-answer.ts';
import { type MathRuleConfig, mathRuleDefaults } from './math-rule-defaults.ts';
import { type NumberAnswer, parseAnswer, type TextAnswer } from './parse-answer.ts';

/** What `verifyMathAnswer` found. */
export interface MathVerdict {
  readonly verdict: Verdict;
  /** The answer as written in the response; `undefined` when there is none. */
  readonly answer: string | undefined;
  /** Where it stood. */
  readonly source: AnswerSource | undefined;
  /** What was compared, and names of error patterns. */
  readonly reasons: readonly string[];
}

/**
 * Whether a response ends in the reference answer. Numbers are compared exactly, as rationals: integers, decimals,
 * fractions, mixed numbers, percents, thousands separators, units, currency, scientific notation, arithmetic that
 * can be carried out. `unverifiable` when the reference is no number and the answer is not the same text; a missing or
 * unreadable answer is `incorrect`.
 *
 * @example
 * ```ts
 * verifyMathAnswer('48/2 = 24, so \\boxed{24} clips', '24').verdict; // => 'correct'
 * verifyMathAnswer('The answer is -24.', '24').reasons[1]; // => 'error pattern: sign_flipped'
 * ```
 */
export function verifyMathAnswer(
  response: string,
  finalAnswer: string,
  options: Partial<MathRuleConfig> = {},
): MathVerdict {
  const config = { ...mathRuleDefaults, ...options };
  return verify(response, readReference(finalAnswer), config);
}

/**
 * The `math_rule` reward: 1 for the reference answer, else 0, see `verifyMathAnswer`. With `stepWeight` w the score is
 * `(1 - w) * answer + w * steps`, where `steps` is the mean of the fraction of true equations in the response and the
 * fraction of reference steps found in it (if the task has steps); the verdict stays that of the answer.
 *
 * @returns a reward whose results have the parts `answer`, and with `stepWeight` `equations` and `reference_steps`
 */
export function mathRule(options: Partial<MathRuleConfig> = {}): RewardFunction {
  const config = { ...mathRuleDefaults, ...options };
  return ({ task, responseText, stopReason }) => {
    const { groundTruth } = task;
    if (groundTruth === undefined) {
      return {
        verdict: 'unverifiable',
        score: null,
        parts: { answer: null },
        reasons: ['the task has no ground_truth'],
      };
    }
    const { verdict, reasons } = verify(responseText, readReference(groundTruth.finalAnswer), config);
    const cut = stopReason === 'length' && verdict === 'incorrect' ? ['the response was cut at the token limit'] : [];
    if (verdict === 'unverifiable')
      return { verdict, score: null, parts: { answer: null }, reasons: [...reasons, ...cut] };
    const answer = verdict === 'correct' ? 1 : 0;
    const { stepWeight } = config;
    if (stepWeight === null) return { verdict, score: answer, parts: { answer }, reasons: [...reasons, ...cut] };
    const steps = checkSteps(responseText, groundTruth.steps);
    const { trueFraction, referenceFraction } = steps;
    const stepScore = referenceFraction === undefined ? trueFraction : (trueFraction + referenceFraction) / 2;
    return {
      verdict,
      score: (1 - stepWeight) * answer + stepWeight * stepScore,
      parts: {
        answer,
        equations: trueFraction,
        ...(referenceFraction !== undefined && { reference_steps: referenceFraction }),
      },
      reasons: [...reasons, ...cut, ...stepReasons(steps)],
    };
  };
}

function verify(response: string, gold: NumberAnswer | TextAnswer, config: MathRuleConfig): MathVerdict {
  const part = config.reasoningDelimiter === null ? response : afterLast(response, config.reasoningDelimiter);
  const extracted = part === undefined ? undefined : extractAnswer(part, config.answerFrom);
  if (gold.kind === 'text' && extracted === undefined && gold.text === '') {
    return {
      verdict: 'unverifiable',
      answer: undefined,
      source: undefined,
      reasons: ['the reference answer is empty'],
    };
  }
  if (extracted === undefined) {
    const reason = part === undefined ? `no answer: "${config.reasoningDelimiter}" is missing` : missingAnswer(part);
    return { verdict: 'incorrect', answer: undefined, source: undefined, reasons: [reason] };
  }
  const { written, source, answer } = extracted;
  const { verdict, reason } = compareAnswers(gold, answer, config);
  const isWrongNumber = verdict === 'incorrect' && gold.kind === 'number' && answer.kind === 'number';
  const patterns = isWrongNumber ? errorPatterns(answer.scaled ?? answer.value, gold.scaled ?? gold.value) : [];
  return { verdict, answer: written, source, reasons: [reason, ...patterns.map((name) => `error pattern: ${name}`)] };
}

function readReference(finalAnswer: string): NumberAnswer | TextAnswer {
  // A reference is an answer already; only a box or #### around it is taken off.
  return extractAnswer(finalAnswer, ['boxed', 'hash'])?.answer ?? parseAnswer(finalAnswer);
}

function afterLast(text: string, delimiter: string): string | undefined {
  const at = text.lastIndexOf(delimiter);
  return at === -1 ? undefined : text.slice(at + delimiter.length);
}

function missingAnswer(response: string): string {
  if (response.trim() === '') return 'no answer: the response is empty';
  return /\\(?:boxed|fbox)\s*\{/.test(response) ? 'no answer: \\boxed{ is not closed' : 'no answer was found';
}

function stepReasons({ equationCount, trueFraction, referenceFraction, falseEquations }: StepCheck): string[] {
  const equations = `${Math.round(trueFraction * equationCount)} of ${equationCount} equations are true`;
  return [
    falseEquations.length === 0 ? equations : `${equations}; false: ${falseEquations.join(' ; ')}`,
    ...(referenceFraction === undefined
      ? []
      : [`${Math.round(referenceFraction * 100)}% of the reference steps found`]),
  ];
}
