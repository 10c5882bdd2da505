import type { TokenRows } from '../masking/token-rows.ts';

/**
 * The reward of each sequence: the sum of its token rewards, masked positions included (as verl does, whose reward
 * sits on one token).
 *
 * @param tokenRewards `[B,T]`
 * @returns `[B]`
 * @example
 * ```ts
 * sequenceRewards([[0, 0, 1], [0, 0.5, 0]]); // => [1, 0.5]
 * ```
 */
export function sequenceRewards(tokenRewards: TokenRows): number[] {
  return tokenRewards.map((row) => {
    let sum = 0;
    for (let token = 0; token < row.length; token += 1) sum += row[token] as number;
    return sum;
  });
}
