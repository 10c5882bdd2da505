import { checkSameRows, mapRow, type TokenRows } from '../masking/token-rows.ts';

/** Inputs of `klShapedRewards`, each `[B,T]`. */
export interface KlShapedRewardsInputs {
  /** Rewards before the penalty. */
  readonly tokenRewards: TokenRows;
  /** Log-probs of the policy that sampled. */
  readonly oldLogProbs: TokenRows;
  /** Log-probs of the reference. */
  readonly referenceLogProbs: TokenRows;
  /** Where given, the penalty is applied on its tokens only. */
  readonly mask?: TokenRows;
}

/**
 * Rewards with the KL from the reference taken off each token: `r_it − β · (log π_old − log π_ref) · m_it`.
 *
 * arXiv:1909.08593. A run uses either this or a KL term in the loss; both together penalise twice.
 *
 * @param coefficient β
 * @returns `[B,T]`
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * klShapedRewards({ tokenRewards: [[0, 1]], oldLogProbs: [[-1, -1]], referenceLogProbs: [[-2, -1]] }, 0.5); // => [[-0.5, 1]]
 * ```
 */
export function klShapedRewards(inputs: KlShapedRewardsInputs, coefficient: number): Float64Array[] {
  const { tokenRewards, oldLogProbs, referenceLogProbs, mask } = inputs;
  checkSameRows('klShapedRewards', { tokenRewards, oldLogProbs, referenceLogProbs, ...(mask && { mask }) });
  return tokenRewards.map((row, sequence) =>
    mapRow(row, (reward, token) => {
      if (mask?.[sequence]?.[token] === 0) return reward;
      const kl = (oldLogProbs[sequence]?.[token] ?? 0) - (referenceLogProbs[sequence]?.[token] ?? 0);
      return reward - coefficient * kl;
    }),
  );
}
