import { checkRewards } from './check-rewards.ts';
import { groupRelativeAdvantages } from './group-relative-advantages.ts';
import { perGroup } from './per-group.ts';
import { stepReturns } from './step-returns.ts';

/** A step of an agent: what it saw and what it got for its answer. */
export interface AnchoredStep {
  /** What the environment showed, as text; steps that saw the same are compared with each other. */
  readonly observation: string;
  /** Reward of this step alone. */
  readonly reward: number;
}

/** One trajectory of a group; see `groupInGroupAdvantages`. */
export interface AnchoredTrajectory {
  /** The group (task) it belongs to. */
  readonly group: string | number;
  /** Its outcome as a whole; `null` where no verdict was possible. */
  readonly reward: number | null;
  /** In the order they were taken. */
  readonly steps: readonly AnchoredStep[];
}

/** Options of `groupInGroupAdvantages`. */
export interface GroupInGroupOptions {
  /** Discount per step. Default 0.95. */
  readonly gamma?: number;
  /** Weight of the step advantage. Default 1. */
  readonly stepWeight?: number;
  /** Divide both parts by the deviation of their group, sample. Default `false` (verl-agent's `mean_norm`). */
  readonly normalizeByStd?: boolean;
  /** Added to the deviation. Default 1e-6. */
  readonly epsilon?: number;
  /** What a lone trajectory gets as episode advantage: 0, or its reward (verl-agent). Default `zero`. */
  readonly singleton?: 'reward' | 'zero';
  /**
   * Likeness of two observations from 0 to 1. A step then joins the first step group of its task whose first
   * observation is at least `similarityThreshold` like its own. Default: only equal observations meet.
   */
  readonly similarity?: (a: string, b: string) => number;
  /** Default 0.95. */
  readonly similarityThreshold?: number;
}

/** What each step gets, by trajectory and step; `null` where the trajectory has no verdict. */
export interface GroupInGroupAdvantages {
  /** `episodeAdvantages + stepWeight · stepAdvantages`. */
  readonly advantages: (number | null)[][];
  /** One per trajectory: its outcome against those of its group. */
  readonly episodeAdvantages: (number | null)[];
  /** The discounted return from each step against those of the same step group; alone it is 0. */
  readonly stepAdvantages: (number | null)[][];
  /** Number of the step group of each step, counted from 0 over the batch in order of appearance. */
  readonly stepGroups: number[][];
}

/**
 * Advantages on two levels for agents of many steps: `A = A_episode + stepWeight · A_step`. The episode part is GRPO
 * over the outcomes of the trajectories of a task. The step part compares the discounted returns of all steps of the
 * same task that start from the same observation, as if the trajectories had been branched there on purpose.
 *
 * A trajectory without a verdict takes no part in either and gets `null`; one without steps still counts for the
 * episode part. Step rewards that carry the outcome are the caller's: they are not added here.
 *
 * GiGPO, arXiv:2505.10978; verl-agent and ROLL (`gigpo`, gamma 0.95) differ in the deviation, see the options.
 *
 * @param trajectories of any number of groups, in any order
 * @throws RangeError when a reward or gamma is not finite
 * @example
 * ```ts
 * const step = (observation: string, reward: number) => ({ observation, reward });
 * groupInGroupAdvantages([
 *   { group: 'task', reward: 1, steps: [step('door', 0), step('hall', 1)] },
 *   { group: 'task', reward: 0, steps: [step('door', 0)] },
 * ], { gamma: 0.5 }).advantages; // => [[0.75, 0.5], [-0.75]]
 * ```
 */
export function groupInGroupAdvantages(
  trajectories: readonly AnchoredTrajectory[],
  options: GroupInGroupOptions = {},
): GroupInGroupAdvantages {
  const { gamma = 0.95, stepWeight = 1, normalizeByStd = false, epsilon = 1e-6, singleton = 'zero' } = options;
  const outcomes = trajectories.map(({ reward }) => reward);
  checkRewards('groupInGroupAdvantages', outcomes);
  const groups = trajectories.map(({ group }) => group);
  const episodeAdvantages = perGroup(outcomes, groups, (group) =>
    groupRelativeAdvantages(group, { normalizeByStd, epsilon, singleton }),
  );

  const stepGroups = groupSteps(trajectories, options);
  const returns = trajectories.map(({ reward, steps }) => {
    const discounted = stepReturns(
      steps.map((step) => step.reward),
      gamma,
    );
    return reward === null ? discounted.map(() => null) : discounted;
  });
  const compared = perGroup(returns.flat(), stepGroups.flat(), (group) =>
    groupRelativeAdvantages(group, { normalizeByStd, epsilon }),
  );
  let next = 0;
  const stepAdvantages = returns.map((steps) => steps.map(() => compared[next++] as number | null));
  const advantages = stepAdvantages.map((steps, trajectory) => {
    const episode = episodeAdvantages[trajectory] as number | null;
    return steps.map((step) => (step === null || episode === null ? null : episode + stepWeight * step));
  });
  return { advantages, episodeAdvantages, stepAdvantages, stepGroups };
}

function groupSteps(trajectories: readonly AnchoredTrajectory[], options: GroupInGroupOptions): number[][] {
  const { similarity, similarityThreshold = 0.95 } = options;
  const known = new Map<string | number, Map<string, number>>();
  let count = 0;
  return trajectories.map(({ group, steps }) => {
    const anchors = known.get(group) ?? new Map<string, number>();
    known.set(group, anchors);
    const alike = (observation: string): number | undefined => {
      if (similarity === undefined) return anchors.get(observation);
      for (const [anchor, number] of anchors) {
        if (similarity(observation, anchor) >= similarityThreshold) return number;
      }
      return undefined;
    };
    return steps.map(({ observation }) => {
      const number = alike(observation) ?? count;
      if (number === count) {
        count += 1;
        anchors.set(observation, number);
      }
      return number;
    });
  });
}
