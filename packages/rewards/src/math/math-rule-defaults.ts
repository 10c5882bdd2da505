import type { AnswerSource } from './extract-answer.ts';

/** Options of `mathRule`. Apart from the schema, so that a reward thread starts without zod. */
export interface MathRuleConfig {
  /** Where the answer is looked for; the first source that finds one counts. */
  readonly answerFrom: readonly AnswerSource[];
  /** A decimal number with at least this many places equals what rounds to it; `null` = exact only. */
  readonly decimalPlaces: number | null;
  /** `both`: against a plain number, 28% is 28 or 0.28. `fraction`: it is 0.28. */
  readonly percentReadings: 'both' | 'fraction';
  /** Only text after its last occurrence counts; `null` = all text. */
  readonly reasoningDelimiter: string | null;
  /** Share of the score given to the steps; 0 = report only; `null` = steps are not checked. */
  readonly stepWeight: number | null;
}

/** What `mathRule` does when nothing is said. */
export const mathRuleDefaults: MathRuleConfig = {
  answerFrom: ['boxed', 'hash', 'phrase', 'last'],
  decimalPlaces: 6,
  percentReadings: 'both',
  reasoningDelimiter: null,
  stepWeight: null,
};
