import { checkRewards } from '../advantages/check-rewards.ts';
import { checkObjectives, type Objective } from './objectives.ts';

/**
 * One reward from several: `r_i = Σ_k weight_k · r_ki` over the objectives that have a reward for the sample; `null`
 * where none has.
 *
 * What is missing counts as 0, so a sample without one of its rewards is not comparable with its group unless 0 is
 * that reward's middle. TRL's weighted nansum, where None is missing.
 *
 * @returns one per sample
 * @throws ShapeError when the objectives differ in length
 * @throws RangeError without any objective, or when a reward, a weight or a sum is not finite
 * @example
 * ```ts
 * const accuracy = { rewards: [1, null, null] };
 * const format = { rewards: [1, 0.5, null], weight: 0.2 };
 * sumObjectives([accuracy, format]); // => [1.2, 0.1, null]
 * ```
 */
export function sumObjectives(objectives: readonly Objective[]): (number | null)[] {
  checkObjectives('sumObjectives', objectives);
  const sums = (objectives[0]?.rewards ?? []).map((_, sample) =>
    objectives.reduce<number | null>((sum, { rewards, weight = 1 }) => {
      const reward = rewards[sample] ?? null;
      return reward === null ? sum : (sum ?? 0) + weight * reward;
    }, null),
  );
  checkRewards('sumObjectives', sums);
  return sums;
}
