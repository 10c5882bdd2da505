import { checkRewards } from './check-rewards.ts';
import { groupRelativeAdvantages } from './group-relative-advantages.ts';
import { leaveOneOutAdvantages } from './leave-one-out-advantages.ts';
import { ShapeError } from '../shape-error.ts';

/**
 * A turn of a team of agents: the joint actions tried there, and the turns that followed from them. See
 * `turnTreeReturns`.
 */
export interface TurnNode {
  /** Joint reward of each joint action; `null` where no verdict was possible. */
  readonly rewards: readonly (number | null)[];
  /** The turn that followed each joint action, in the same order. None: this was the last turn. */
  readonly children?: readonly TurnNode[];
}

/** A tree of the shape of the `TurnNode` it came from. */
export interface TurnReturns {
  /** The return of each joint action of this turn. */
  readonly returns: readonly (number | null)[];
  readonly children: readonly TurnReturns[];
}

/**
 * Returns of joint actions on a tree of turns: `R_j = r_j + gamma · mean(returns of the turn that followed action j)`,
 * and `R_j = r_j` in a last turn. All agents share them.
 *
 * An action without a verdict has none as a return either, nor has one after which no action had a verdict; the mean is
 * over those that have. A turn in which nothing was tried counts 0.
 *
 * MAGRPO, arXiv:2508.04652 (CoMLRL).
 *
 * @param root the first turn
 * @param gamma discount per turn. Default 0.9 (CoMLRL)
 * @throws ShapeError for a turn whose children are not one per action
 * @throws RangeError when a reward or gamma is not finite
 * @example
 * ```ts
 * const root = { rewards: [1, 0], children: [{ rewards: [2, 4] }, { rewards: [0, 2] }] };
 * turnTreeReturns(root, 0.5).returns; // => [2.5, 0.5]
 * ```
 */
export function turnTreeReturns(root: TurnNode, gamma = 0.9): TurnReturns {
  if (!Number.isFinite(gamma)) throw new RangeError(`turnTreeReturns: gamma must be finite, given ${gamma}`);
  return returnsFrom(root, gamma);
}

function returnsFrom({ rewards, children = [] }: TurnNode, gamma: number): TurnReturns {
  checkRewards('turnTreeReturns', rewards);
  if (children.length !== 0 && children.length !== rewards.length) {
    throw new ShapeError('turnTreeReturns', 'no following turns, or one per joint action', {
      rewards: [rewards.length],
      children: [children.length],
    });
  }
  const followed = children.map((child) => returnsFrom(child, gamma));
  const returns = rewards.map((reward, action) => {
    const following = followed[action];
    const mean = following === undefined ? 0 : meanReturn(following.returns);
    return reward === null || mean === null ? null : reward + gamma * mean;
  });
  return { returns, children: followed };
}

function meanReturn(returns: readonly (number | null)[]): number | null {
  const known = returns.filter((value) => value !== null);
  if (known.length === 0) return returns.length === 0 ? 0 : null;
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** What `jointReturnAdvantages` compares a return with. */
export type JointReturnBaseline = 'mean' | 'raw' | 'max' | 'rloo';

/**
 * Advantages of the joint actions of one turn, the same for every agent: the return minus
 *
 * | baseline | subtracts |
 * | --- | --- |
 * | `mean` | the mean of the turn's returns (the default) |
 * | `raw` | nothing |
 * | `max` | the largest of them: advantages are never positive |
 * | `rloo` | the mean of the others; alone it gives 0 |
 *
 * Nothing is divided by a deviation. `null` returns take no part and yield `null`.
 *
 * MAGRPO, arXiv:2508.04652 (CoMLRL's `advantage_mode`).
 *
 * @param returns of one turn, from `turnTreeReturns`
 * @returns one per return, in the same order
 * @throws RangeError when a return is not finite, or for an unknown baseline
 * @example
 * ```ts
 * jointReturnAdvantages([3, 1], 'max'); // => [0, -2]
 * ```
 */
export function jointReturnAdvantages(
  returns: readonly (number | null)[],
  baseline: JointReturnBaseline = 'mean',
): (number | null)[] {
  const known = checkRewards('jointReturnAdvantages', returns);
  switch (baseline) {
    case 'mean':
      return groupRelativeAdvantages(returns, { normalizeByStd: false });
    case 'raw':
      return [...returns];
    case 'max': {
      const best = known.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
      return returns.map((value) => (value === null ? null : value - best));
    }
    case 'rloo':
      return leaveOneOutAdvantages(returns);
    default:
      throw new RangeError(`jointReturnAdvantages: unknown baseline ${String(baseline)}`);
  }
}
