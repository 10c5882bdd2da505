import { groupRelativeAdvantages } from './group-relative-advantages.ts';
import { perGroup } from './per-group.ts';

/** What one agent did in one episode of a group; see `hierarchicalAdvantages`. */
export interface AgentTrajectory {
  /** Which role acted, e.g. `proposer` or `solver`. */
  readonly agent: string;
  /** Which episode of the group it belongs to. */
  readonly episode: string | number;
  /** `null` where no verdict was possible. */
  readonly reward: number | null;
}

/**
 * Advantages where one agent sets the task of another: `A_i = r_i − mean(peers)`. The peers of an agent in
 * `episodeAgents` (solvers) are its own attempts within the same episode, on the same proposed problem; those of any
 * other agent (proposers) are all of that agent's in the group. Problems of unlike difficulty and agents of unlike
 * roles are never compared.
 *
 * `null` (unverifiable) rewards take no part and yield `null`; one without peers yields 0. No standard deviation.
 *
 * prime-rl's `hierarchical_grpo`; GRPO, arXiv:2402.03300.
 *
 * @param trajectories of one group: all episodes from one source task
 * @param episodeAgents the agents compared within an episode. Default `['solver']`
 * @returns one per trajectory, in the same order
 * @throws RangeError when a reward is not finite
 * @example
 * ```ts
 * hierarchicalAdvantages([
 *   { agent: 'proposer', episode: 1, reward: 0.5 },
 *   { agent: 'solver', episode: 1, reward: 1 },
 *   { agent: 'solver', episode: 1, reward: 0 },
 *   { agent: 'proposer', episode: 2, reward: 0 },
 * ]); // => [0.25, 0.5, -0.5, -0.25]
 * ```
 */
export function hierarchicalAdvantages(
  trajectories: readonly AgentTrajectory[],
  episodeAgents: readonly string[] = ['solver'],
): (number | null)[] {
  const peers = trajectories.map(({ agent, episode }) =>
    // As JSON, so that no two pairs of names run into the same text.
    JSON.stringify(episodeAgents.includes(agent) ? [agent, episode] : [agent]),
  );
  const rewards = trajectories.map(({ reward }) => reward);
  return perGroup(rewards, peers, (group) => groupRelativeAdvantages(group, { normalizeByStd: false }));
}
