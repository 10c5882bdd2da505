import type { RewardScorer, ScoredGroup, Task, Trajectory, TrajectoryGroup } from '@rlloom/spec';
import { type Judgement, meanJudgement, sumJudgements, unverifiable, type WeightedJudgement } from './judgement.ts';
import type { AgentWeights } from './team.ts';

/**
 * A scorer for groups of several agents: `reward = jointWeight · joint + ownWeight · own`, with the weights of the agent.
 *
 * `joint` is the reward of the team's answer: of the trajectory of the same episode that `isAnswer`, judged as the task
 * says, or the mean over those that could be judged where there are several. `own` is the reward of what the agent wrote
 * itself, judged in the domain of its `tag`. What no weight asks for is not judged. A part that is needed and unknown
 * makes the sample `unverifiable`, and so does the failure of its episode.
 *
 * Verdict, parts and reasons are those of the team's answer, or of the agent's own writing where the joint reward does
 * not count for it; with several answers the verdict is `correct` when each that could be judged is. The two rewards are
 * kept as the objectives `joint` and `own`. Trajectories without an agent are scored by what they say alone.
 *
 * @param scorer judges single trajectories, as `createRewardPool` makes it; closed with this one
 * @param weights by agent, from `TeamEnvironment.weights`. An agent that is not named shares the joint reward alone
 */
export function teamRewards(scorer: RewardScorer, weights: Readonly<Record<string, AgentWeights>> = {}): RewardScorer {
  const byAgent = new Map(Object.entries(weights));
  return {
    async score(groups, options) {
      const plans = groups.map(({ task, trajectories }) =>
        trajectories.map((trajectory) => planOf(trajectory, task, byAgent)),
      );
      const asked = groups.flatMap(({ task }, place) => toJudge(task, plans[place] ?? []));
      const judged = await scorer.score(asked, options);
      const found: Found = new Map();
      asked.forEach((group, place) => addJudgements(found, group, judged[place]));
      const answers = answersByEpisode(plans.flat(), found);
      return groups.map((group, place) => scoredGroup(group, plans[place] ?? [], { found, answers }));
    },
    close: () => scorer.close(),
  };
}

/** What the reward of a trajectory is made of. */
interface Plan {
  readonly trajectory: Trajectory;
  readonly jointWeight: number;
  readonly ownWeight: number;
  /** Tag the team's answer is judged by. */
  readonly jointTag: string;
  /** Tag its own writing is judged by. */
  readonly ownTag: string;
  /** Tags this trajectory is judged by, for itself or for its team. */
  readonly tags: ReadonlySet<string>;
}

/** Judgements of single trajectories, by the tag they were judged by. */
type Found = Map<string, Map<Trajectory, Judgement>>;

interface Judgements {
  readonly found: Found;
  /** Of the team's answer, by episode. */
  readonly answers: ReadonlyMap<string, Judgement>;
}

const withoutTeam: AgentWeights = { jointWeight: 0, ownWeight: 1, tag: null };
const sharing: AgentWeights = { jointWeight: 1, ownWeight: 0, tag: null };

function planOf(trajectory: Trajectory, task: Task, byAgent: ReadonlyMap<string, AgentWeights>): Plan {
  const { agent, isAnswer } = trajectory;
  const { jointWeight, ownWeight, tag } = agent === undefined ? withoutTeam : (byAgent.get(agent) ?? sharing);
  const [jointTag, ownTag] = [task.tag, tag ?? task.tag];
  const tags = new Set([...(isAnswer === true ? [jointTag] : []), ...(ownWeight === 0 ? [] : [ownTag])]);
  return { trajectory, jointWeight, ownWeight, jointTag, ownTag, tags };
}

// A group per tag its members are judged by: rewards that compare see what is judged alike.
function toJudge(task: Task, plans: readonly Plan[]): TrajectoryGroup[] {
  const tags = new Set(plans.flatMap((plan) => [...plan.tags]));
  return [...tags].map((tag) => ({
    task: tag === task.tag ? task : { ...task, tag },
    trajectories: plans.filter((plan) => plan.tags.has(tag)).map(({ trajectory }) => trajectory),
  }));
}

function addJudgements(found: Found, { task, trajectories }: TrajectoryGroup, scored: ScoredGroup | undefined): void {
  const ofTag = found.get(task.tag) ?? new Map<Trajectory, Judgement>();
  found.set(task.tag, ofTag);
  trajectories.forEach((trajectory, index) => {
    const result = scored?.results[index];
    if (scored === undefined || result === undefined) return;
    ofTag.set(trajectory, {
      result,
      reward: scored.rewards[index] ?? null,
      ...(scored.domain !== undefined && { domain: scored.domain }),
      ...(scored.filter !== undefined && { filter: scored.filter }),
    });
  });
}

function answersByEpisode(plans: readonly Plan[], found: Found): Map<string, Judgement> {
  const byEpisode = new Map<string, Judgement[]>();
  for (const { trajectory, jointTag } of plans) {
    const judgement = found.get(jointTag)?.get(trajectory);
    const { isAnswer, episodeId = '' } = trajectory;
    if (isAnswer !== true || judgement === undefined) continue;
    byEpisode.set(episodeId, [...(byEpisode.get(episodeId) ?? []), judgement]);
  }
  return new Map([...byEpisode].map(([episodeId, all]) => [episodeId, meanJudgement(all)]));
}

function scoredGroup(group: TrajectoryGroup, plans: readonly Plan[], { found, answers }: Judgements): ScoredGroup {
  const parts = plans.map((plan) => ({
    joint: plan.jointWeight === 0 ? undefined : jointOf(plan, answers),
    own:
      plan.ownWeight === 0
        ? undefined
        : (found.get(plan.ownTag)?.get(plan.trajectory) ?? unverifiable('it was not judged')),
  }));
  const sums = parts.map(({ joint, own }, index) => sumOf(plans[index] as Plan, joint, own));
  const first = parts.flatMap(({ joint, own }) => [joint, own]).find((judgement) => judgement?.domain !== undefined);
  const objective = (name: 'joint' | 'own', weight: number): NonNullable<ScoredGroup['objectives']> =>
    weight === 0
      ? []
      : [
          {
            name,
            weight,
            rewards: sums.map(({ reward }, i) => (reward === null ? null : (parts[i]?.[name]?.reward ?? null))),
          },
        ];
  return {
    ...group,
    results: sums.map(({ result }) => result),
    rewards: sums.map(({ reward }) => reward),
    objectives: [...objective('joint', plans[0]?.jointWeight ?? 0), ...objective('own', plans[0]?.ownWeight ?? 0)],
    ...(first?.domain !== undefined && { domain: first.domain }),
    ...(first?.filter !== undefined && { filter: first.filter }),
  };
}

function jointOf({ trajectory }: Plan, answers: ReadonlyMap<string, Judgement>): Judgement {
  const answer = answers.get(trajectory.episodeId ?? '');
  if (answer === undefined) return unverifiable('the team gave no answer');
  if (trajectory.isAnswer === true) return answer;
  // Scores of steps are about the turns of the one who answered.
  const { stepScores: _, ...result } = answer.result;
  return { ...answer, result };
}

function sumOf(plan: Plan, joint: Judgement | undefined, own: Judgement | undefined): Judgement {
  const { failure } = plan.trajectory;
  if (failure !== undefined) return unverifiable(`the episode failed: ${failure}`);
  const terms: WeightedJudgement[] = [
    ...(joint === undefined ? [] : [{ weight: plan.jointWeight, judgement: joint }]),
    ...(own === undefined ? [] : [{ weight: plan.ownWeight, judgement: own }]),
  ];
  const [first, ...more] = terms;
  return first === undefined ? unverifiable('none of its rewards has a weight') : sumJudgements([first, ...more]);
}
