import type { MathRuleConfig } from '@rlloom/rewards';
import type { CaseConfig } from './math-case.ts';

/** The options of `verifyMathAnswer` that do what the configuration of a case asks. */
export function caseOptions(config: CaseConfig): Partial<MathRuleConfig> {
  return {
    ...(config.float_rounding !== undefined && { decimalPlaces: config.float_rounding }),
    ...(config.reasoning_delimiters !== undefined && {
      reasoningDelimiter: config.reasoning_delimiters.at(-1) ?? null,
    }),
    ...(config.extract?.join() === 'boxed' && { answerFrom: ['boxed'] }),
  };
}

/** What to hand over as the response: a text that is nothing but the answer is given as one. */
export function caseResponse(pred: string, { extract }: CaseConfig): string {
  return extract?.includes('raw') === true ? `\\boxed{${pred}}` : pred;
}
