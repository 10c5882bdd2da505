import { checkSameRows, mapRow, type TokenRows } from '../masking/token-rows.ts';
import { ShapeError } from '../shape-error.ts';

/** Inputs of `greedyBaselineAdvantages`. B = sequences, T = tokens. */
export interface GreedyBaselineInputs {
  /** `[B,T]` */
  readonly tokenRewards: TokenRows;
  /** `[B,T]`, 1 on trained tokens. */
  readonly mask: TokenRows;
  /** Reward of the greedily decoded response to the same prompt. `[B]` */
  readonly greedyRewards: readonly number[];
}

/**
 * Advantages against the reward of the greedy response: `A_it = (Σ_{s≥t} r_is·m_is) − b_i·m_it`.
 *
 * ReMax, arXiv:2310.10505.
 *
 * @returns `advantages` and the undiscounted `returns`, `[B,T]` each
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * const inputs = { tokenRewards: [[0, 1]], mask: [[1, 1]], greedyRewards: [0.25] };
 * greedyBaselineAdvantages(inputs).advantages; // => [[0.75, 0.75]]
 * ```
 */
export function greedyBaselineAdvantages(inputs: GreedyBaselineInputs): {
  readonly advantages: Float64Array[];
  readonly returns: Float64Array[];
} {
  const { tokenRewards, mask, greedyRewards } = inputs;
  checkSameRows('greedyBaselineAdvantages', { tokenRewards, mask });
  if (greedyRewards.length !== mask.length) {
    throw new ShapeError('greedyBaselineAdvantages', 'one greedy reward per row', {
      greedyRewards: [greedyRewards.length],
      mask: [mask.length, mask[0]?.length ?? 0],
    });
  }
  const returns = tokenRewards.map((row, sequence) => rewardsToGo(row, mask[sequence] ?? []));
  const advantages = returns.map((row, sequence) => {
    const bits = mask[sequence] as ArrayLike<number>;
    const baseline = greedyRewards[sequence] as number;
    return mapRow(row, (value, token) => value - baseline * (bits[token] as number));
  });
  return { advantages, returns };
}

function rewardsToGo(rewards: ArrayLike<number>, mask: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(rewards.length);
  let sum = 0;
  for (let token = rewards.length - 1; token >= 0; token -= 1) {
    const weight = mask[token] as number;
    sum += weight === 0 ? 0 : (rewards[token] as number) * weight;
    sums[token] = sum;
  }
  return sums;
}
