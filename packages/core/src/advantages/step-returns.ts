/**
 * Discounted returns of the steps of one trajectory: `R_k = r_k + gamma · R_{k+1}`.
 *
 * A step is one turn of an agent. Returns of steps, normalised over a batch or a group and broadcast over the tokens of
 * the step, are ROLL's `step_reinforce`; compared at equal observations they are the second half of GiGPO.
 *
 * @param rewards one per step, in the order of the steps
 * @param gamma discount per step. Default 1
 * @returns one per step
 * @throws RangeError when a reward or gamma is not finite
 * @example
 * ```ts
 * stepReturns([0, 0, 1], 0.5); // => [0.25, 0.5, 1]
 * ```
 */
export function stepReturns(rewards: ArrayLike<number>, gamma = 1): number[] {
  if (!Number.isFinite(gamma)) throw new RangeError(`stepReturns: gamma must be finite, given ${gamma}`);
  const returns = new Array<number>(rewards.length);
  let following = 0;
  for (let step = rewards.length - 1; step >= 0; step -= 1) {
    const reward = rewards[step] as number;
    if (!Number.isFinite(reward)) throw new RangeError(`stepReturns: rewards must be finite, given ${reward}`);
    following = reward + gamma * following;
    returns[step] = following;
  }
  return returns;
}
