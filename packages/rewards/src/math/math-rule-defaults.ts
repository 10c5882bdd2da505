import { type MathVerifierOptions, mathVerifierDefaults } from './verifier-options.ts';

/** Options of `mathRule`: those of the verifier, and what the steps of a response are worth. */
export interface MathRuleConfig extends MathVerifierOptions {
  /** Share of the score given to the steps; 0 = report only; `null` = steps are not checked. */
  readonly stepWeight: number | null;
  /** Who is asked where the verifier cannot decide; `null` = nobody. */
  readonly oracle: 'python' | null;
  /** The Python of the oracle. */
  readonly oraclePython: string;
}

/** What `mathRule` does when nothing is said. */
export const mathRuleDefaults: MathRuleConfig = {
  ...mathVerifierDefaults,
  stepWeight: null,
  oracle: null,
  oraclePython: 'python3',
};
