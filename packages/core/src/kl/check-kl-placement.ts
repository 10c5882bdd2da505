/** Coefficients of the two places a KL penalty can be. */
export interface KlPlacement {
  /** β of `klShapedRewards`. Default 0. */
  readonly rewardCoefficient?: number;
  /** Weight of the KL term in the loss. Default 0. */
  readonly lossCoefficient?: number;
}

/**
 * Where the KL penalty is: in the `reward`, in the `loss`, or in `none`.
 *
 * Both at once penalise twice, so that is an error here; verl prints a notice and goes on.
 *
 * @throws RangeError for both at once, or a coefficient that is negative or not finite
 * @example
 * ```ts
 * checkKlPlacement({ rewardCoefficient: 0, lossCoefficient: 0.001 }); // => 'loss'
 * ```
 */
export function checkKlPlacement(placement: KlPlacement): 'reward' | 'loss' | 'none' {
  const { rewardCoefficient = 0, lossCoefficient = 0 } = placement;
  for (const [name, value] of Object.entries({ rewardCoefficient, lossCoefficient })) {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`checkKlPlacement: ${name} must be a number from 0, given ${value}`);
    }
  }
  if (rewardCoefficient > 0 && lossCoefficient > 0) {
    throw new RangeError(
      `checkKlPlacement: the KL penalty is in the reward (${rewardCoefficient}) and in the loss (${lossCoefficient}), ` +
        'which penalises twice; set rewardCoefficient or lossCoefficient to 0',
    );
  }
  if (rewardCoefficient > 0) return 'reward';
  return lossCoefficient > 0 ? 'loss' : 'none';
}
