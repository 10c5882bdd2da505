import { checkSameRows, type TokenRows } from '../masking/token-rows.ts';

/**
 * The reward of each sequence: the sum of its token rewards, masked positions included (as verl does, whose reward
 * sits on one token).
 *
 * @param tokenRewards `[B,T]`
 * @returns `[B]`
 * @throws ShapeError when rows differ in length
 * @example
 * ```ts
 * sequenceRewards([[0, 0, 1], [0, 0.5, 0]]); // => [1, 0.5]
 * ```
 */
export function sequenceRewards(tokenRewards: TokenRows): number[] {
  checkSameRows('sequenceRewards', { tokenRewards });
  return tokenRewards.map((row) => row.reduce((sum, reward) => sum + reward, 0));
}
