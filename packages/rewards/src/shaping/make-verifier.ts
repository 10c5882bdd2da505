import type { RewardFunction } from '@rlloom/spec';
import type { VerifierConfig } from './verifier.config.ts';

/** The verifier of a reward that depends on the verdict; only the one named is loaded. */
export async function makeVerifier(verifier: VerifierConfig): Promise<RewardFunction> {
  switch (verifier.type) {
    case 'math_rule':
      return (await import('../math/math-rule.ts')).mathRule(verifier.options);
    case 'multiple_choice':
      return (await import('../multiple-choice/multiple-choice.ts')).multipleChoiceReward(verifier.options);
    case 'exact_match':
      return (await import('../text/exact-match.ts')).exactMatchReward(verifier.options);
  }
}
