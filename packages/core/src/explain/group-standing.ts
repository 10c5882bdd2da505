import { checkRewards } from '../advantages/check-rewards.ts';
import { moments } from '../advantages/moments.ts';
import { ShapeError } from '../shape-error.ts';

/** Where the rewards of a batch came from, one entry per sequence. */
export interface RewardProvenance {
  /** `null` where no verdict was possible. */
  readonly rewards: readonly (number | null)[];
  /** The group (prompt) of each sequence. */
  readonly groups: readonly (string | number)[];
  /** What the reward is made of, already weighted: the parts add up to it. */
  readonly parts?: readonly Readonly<Record<string, number | null>>[];
}

/** A reward and how it stands in its group. */
export interface GroupStanding {
  readonly reward: number | null;
  /** Weighted parts of the reward by name; empty when not given. */
  readonly parts: Readonly<Record<string, number | null>>;
  readonly group: string | number;
  /** Verifiable rewards of the group. */
  readonly groupRewards: readonly number[];
  readonly mean: number;
  /** Sample standard deviation, ÷(n−1); 0 for fewer than two rewards. */
  readonly deviation: number;
  /** `reward − mean`; `null` for an unverifiable one. */
  readonly aboveMean: number | null;
}

/**
 * The reward of a sequence, its parts, and the statistics of its group.
 *
 * @throws ShapeError when the arrays differ in length
 * @throws RangeError for a reward that is not finite, or a sequence outside the batch
 * @example
 * ```ts
 * groupStanding({ rewards: [1, 0, 7], groups: ['a', 'a', 'b'] }, 0).aboveMean; // => 0.5
 * ```
 */
export function groupStanding(provenance: RewardProvenance, sequence: number): GroupStanding {
  const { rewards, groups, parts } = provenance;
  if (groups.length !== rewards.length || (parts !== undefined && parts.length !== rewards.length)) {
    throw new ShapeError('groupStanding', 'one group (and parts) per reward', {
      rewards: [rewards.length],
      groups: [groups.length],
      ...(parts && { parts: [parts.length] }),
    });
  }
  const group = groups[sequence];
  if (group === undefined) throw new RangeError(`groupStanding: no sequence ${sequence} among ${rewards.length}`);
  const groupRewards = checkRewards(
    'groupStanding',
    rewards.filter((_, other) => groups[other] === group),
  );
  const [mean, deviation] = groupRewards.length < 2 ? [groupRewards[0] ?? 0, 0] : moments(groupRewards, 1);
  const reward = rewards[sequence] ?? null;
  return {
    reward,
    parts: parts?.[sequence] ?? {},
    group,
    groupRewards,
    mean,
    deviation,
    aboveMean: reward === null ? null : reward - mean,
  };
}
