import {
  type AgentBaselines,
  hierarchicalAdvantages,
  jointReturnAdvantages,
  type JointReturnBaseline,
  perGroup,
  roleConditionedAdvantages,
  type RoleConditionedOptions,
  stepReturns,
} from '@rlloom/core';
import { RlloomError, type ScoredGroup } from '@rlloom/spec';
import type { GroupAdvantages } from '../experience.ts';

/**
 * Role-conditioned advantages (RAE, arXiv:2506.24119) of groups in their order: every reward against the running mean
 * of its agent. For teams in which an agent's rewards are comparable over tasks, e.g. the sides of a game.
 *
 * @param groups as scored; each trajectory names its agent
 * @returns advantages by group and trajectory, for `packExperience`, and the `baselines` for the next step: keep them in
 * a checkpoint
 * @throws RlloomError `data` for a trajectory without an agent
 */
export function roleAdvantages(
  groups: readonly ScoredGroup[],
  options: RoleConditionedOptions = {},
): { readonly advantages: GroupAdvantages[]; readonly baselines: AgentBaselines } {
  const samples = groups.flatMap((group) => agentSamples('roleAdvantages', group));
  const { advantages, baselines } = roleConditionedAdvantages(samples, options);
  return { advantages: byGroup(groups, advantages), baselines };
}

/**
 * Hierarchical advantages: agents in `episodeAgents` (solvers) against their own attempts in the same episode, all others
 * (proposers) against that agent's in all episodes of the task; see `hierarchicalAdvantages` of `@rlloom/core`.
 *
 * @param groups as scored; those of one task may be any number, anywhere
 * @returns by group and trajectory, for `packExperience`
 * @throws RlloomError `data` for a trajectory without an agent
 */
export function proposerSolverAdvantages(
  groups: readonly ScoredGroup[],
  episodeAgents?: readonly string[],
): GroupAdvantages[] {
  const samples = groups.flatMap((group) => agentSamples('proposerSolverAdvantages', group));
  const tasks = groups.flatMap((group) => group.trajectories.map(() => group.task.id));
  return byGroup(
    groups,
    perGroup(samples, tasks, (ofTask) => hierarchicalAdvantages(ofTask, episodeAgents)),
  );
}

/** Options of `turnAdvantages`. */
export interface TurnAdvantageOptions {
  /** Discount per turn of the agent. Default 0.9 (CoMLRL). */
  readonly gamma?: number;
  /** What a return is compared with. Default `mean`. */
  readonly baseline?: JointReturnBaseline;
}

/**
 * Advantages by turn: the discounted return from each turn of a trajectory against the returns from the same turn of the
 * others in its group, which have to have come so far. The rewards of turns are the `stepScores` of the result; what the
 * reward is beyond their sum falls to the last turn, so without them all turns see the outcome, discounted.
 *
 * MAGRPO (arXiv:2508.04652) for groups of one agent and a joint reward: every agent has the returns of the team.
 *
 * @returns by group, trajectory and turn of the policy, for `packTurnExperience`; `null` where there is no reward
 */
export function turnAdvantages(
  groups: readonly ScoredGroup[],
  { gamma = 0.9, baseline = 'mean' }: TurnAdvantageOptions = {},
): (number | null)[][][] {
  return groups.map((group) => {
    const returns = group.trajectories.map((_, index) => turnReturns(group, index, gamma));
    const turns = returns.flatMap((list) => list.map((__, turn) => turn));
    const compared = perGroup(returns.flat(), turns, (values) => jointReturnAdvantages(values, baseline));
    let next = 0;
    return returns.map((list) => compared.slice(next, (next += list.length)));
  });
}

function turnReturns(group: ScoredGroup, index: number, gamma: number): (number | null)[] {
  const turns = group.trajectories[index]?.turns.filter(({ author }) => author === 'policy') ?? [];
  const reward = group.rewards[index] ?? null;
  if (reward === null) return turns.map(() => null);
  const steps = turns.map((_, turn) => group.results[index]?.stepScores?.[turn] ?? 0);
  const rest = reward - steps.reduce((sum, step) => sum + step, 0);
  return stepReturns(
    steps.map((step, turn) => (turn === steps.length - 1 ? step + rest : step)),
    gamma,
  );
}

function agentSamples(
  caller: string,
  { task, trajectories, rewards }: ScoredGroup,
): { agent: string; episode: string; reward: number | null }[] {
  return trajectories.map(({ agent, episodeId = '' }, index) => {
    if (agent !== undefined) return { agent, episode: episodeId, reward: rewards[index] ?? null };
    throw new RlloomError('data', {
      what: `${caller}: a trajectory does not say which agent wrote it`,
      where: `task "${task.id}"`,
      fix: 'collect with collectMultiAgentGroups, or fill Trajectory.agent',
    });
  });
}

function byGroup(groups: readonly ScoredGroup[], all: readonly (number | null)[]): GroupAdvantages[] {
  let next = 0;
  return groups.map(({ trajectories }) => all.slice(next, (next += trajectories.length)));
}
