import { checkRewards } from '../advantages/check-rewards.ts';
import { ShapeError } from '../shape-error.ts';
import { checkFinite } from './check-within.ts';

/** One of several rewards that a sample gets. */
export interface Objective {
  /** One per sample of the batch; `null` where this reward could not be computed. */
  readonly rewards: readonly (number | null)[];
  /** Default 1. */
  readonly weight?: number;
}

/**
 * Checks that there are objectives, over the same samples.
 *
 * @throws ShapeError when their lengths differ
 * @throws RangeError without any objective, or when a reward or weight is not finite
 */
export function checkObjectives(caller: string, objectives: readonly Objective[]): void {
  const [first] = objectives;
  if (first === undefined) throw new RangeError(`${caller}: at least one objective is needed`);
  if (objectives.some(({ rewards }) => rewards.length !== first.rewards.length)) {
    const shapes = objectives.map(({ rewards }, index) => [`objective ${index}`, [rewards.length]] as const);
    throw new ShapeError(caller, 'a reward per sample in every objective', Object.fromEntries(shapes));
  }
  for (const { rewards, weight = 1 } of objectives) {
    checkRewards(caller, rewards);
    checkFinite(caller, { weight });
  }
}
