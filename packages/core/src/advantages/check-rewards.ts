/**
 * The verifiable rewards of a group.
 *
 * @throws RangeError when one is not finite
 */
export function checkRewards(caller: string, rewards: readonly (number | null)[]): number[] {
  const verified = rewards.filter((reward) => reward !== null);
  const position = verified.findIndex((reward) => !Number.isFinite(reward));
  if (position >= 0) {
    throw new RangeError(`${caller}: rewards must be finite or null, given ${String(verified[position])}`);
  }
  return verified;
}
