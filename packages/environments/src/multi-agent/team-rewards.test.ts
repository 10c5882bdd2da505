import type { RewardScorer, ScoredGroup, Task, Trajectory, TrajectoryGroup } from '@rlloom/spec';
import { describe, expect, it } from 'vitest';
import { teamRewards } from './team-rewards.ts';

const task: Task = { id: 'a', tag: 'sum', messages: [] };

// Scores the number that was written; `x` cannot be judged. Shows what it was asked for.
function numberScorer(): { scorer: RewardScorer; asked: [string, ...string[]][] } {
  const asked: [string, ...string[]][] = [];
  const scorer: RewardScorer = {
    async score(groups) {
      return groups.map((group): ScoredGroup => {
        asked.push([group.task.tag, ...group.trajectories.map(({ responseText }) => responseText)]);
        const scores = group.trajectories.map(({ responseText }) =>
          responseText === 'x' ? null : Number(responseText),
        );
        return {
          ...group,
          domain: group.task.tag,
          results: scores.map((score) => ({
            verdict: score === null ? 'unverifiable' : score >= 1 ? 'correct' : 'incorrect',
            score,
            parts: { number: score },
            reasons: [`read ${score}`],
            stepScores: [score],
          })),
          rewards: scores.map((score) => (score === null ? null : score * 10)),
        };
      });
    },
    close: async () => undefined,
  };
  return { scorer, asked };
}

function written(agent: string, episode: number, text: string): Trajectory {
  return {
    ...{ taskId: 'a', tag: 'sum', sampleIndex: episode, agent, episodeId: `a.${episode}`, responseText: text },
    ...{ tokens: Int32Array.of(1, 2), promptLength: 1, lossMask: Uint8Array.of(0, 1), turns: [] },
    ...{ rolloutLogProbs: new Float32Array(2), policyVersions: new Int32Array(2), stopReason: 'eos', isAnswer: false },
  };
}

const answering = (...args: Parameters<typeof written>): Trajectory => ({ ...written(...args), isAnswer: true });
const group = (...trajectories: Trajectory[]): TrajectoryGroup => ({ task, trajectories });

describe('teamRewards', () => {
  it('gives all of a team the reward of its answer, and judges nothing else', async () => {
    const { scorer, asked } = numberScorer();
    const [hints, answers] = await teamRewards(scorer).score([
      group(written('hint', 0, 'north'), written('hint', 1, 'south')),
      group(answering('guess', 0, '1'), answering('guess', 1, '0')),
    ]);
    expect(asked).toEqual([['sum', '1', '0']]);
    expect(hints).toMatchObject({
      rewards: [10, 0],
      domain: 'sum',
      objectives: [{ name: 'joint', weight: 1, rewards: [10, 0] }],
    });
    expect(hints?.results.map(({ verdict, score }) => [verdict, score])).toEqual([
      ['correct', 1],
      ['incorrect', 0],
    ]);
    expect(answers?.rewards).toEqual([10, 0]);
    // Scores of steps are of the turns of the one who wrote them.
    expect([hints?.results[0]?.stepScores, answers?.results[0]?.stepScores]).toEqual([undefined, [1]]);
  });

  it('weighs the joint reward and the own, judged by the tag of the role', async () => {
    const { scorer, asked } = numberScorer();
    const [critics] = await teamRewards(scorer, {
      critic: { jointWeight: 1, ownWeight: 0.5, tag: 'critique' },
    }).score([group(written('critic', 0, '2')), group(answering('solver', 0, '1'))]);
    expect(asked).toEqual([
      ['critique', '2'],
      ['sum', '1'],
    ]);
    expect(critics?.rewards).toEqual([20]);
    expect(critics?.results[0]).toMatchObject({ verdict: 'correct', score: 2, parts: { number: 1, 'own/number': 2 } });
    expect(critics?.objectives).toEqual([
      { name: 'joint', weight: 1, rewards: [10] },
      { name: 'own', weight: 0.5, rewards: [20] },
    ]);
  });

  it('scores by own writing alone where the joint reward has no weight', async () => {
    const { scorer } = numberScorer();
    const [solo] = await teamRewards(scorer, { critic: { jointWeight: 0, ownWeight: 1, tag: null } }).score([
      group(written('critic', 0, '0')),
      group(answering('solver', 0, 'x')),
    ]);
    expect(solo?.rewards).toEqual([0]);
    expect(solo?.results[0]?.verdict).toBe('incorrect');
  });

  it('takes the mean of several answers that could be judged', async () => {
    const { scorer } = numberScorer();
    const groups = ['ann', 'bob', 'eve'].map((agent, index) =>
      group(
        answering(agent, 0, ['1', '0', 'x'][index] ?? ''),
        answering(agent, 1, ['1', '1', 'x'][index] ?? ''),
        answering(agent, 2, 'x'),
      ),
    );
    for (const scored of await teamRewards(scorer).score(groups)) {
      expect(scored.rewards).toEqual([5, 10, null]);
      expect(scored.results.map(({ verdict }) => verdict)).toEqual(['incorrect', 'correct', 'unverifiable']);
      expect(scored.results[0]?.parts).toEqual({ number: 0.5 });
    }
  });

  it('has no verdict where one that is needed is missing', async () => {
    const { scorer } = numberScorer();
    const scored = await teamRewards(scorer, { both: { jointWeight: 1, ownWeight: 1, tag: null } }).score([
      group(
        written('both', 0, 'x'),
        written('both', 1, '1'),
        { ...written('both', 2, '1'), failure: 'fell asleep' },
        written('both', 3, '1'),
      ),
      group(answering('solver', 0, '1'), answering('solver', 1, 'x'), answering('solver', 2, '1')),
    ]);
    expect(scored[0]?.rewards).toEqual([null, null, null, null]);
    expect(scored[0]?.results.map(({ verdict, reasons }) => [verdict, reasons.at(-1)])).toEqual([
      ['unverifiable', 'read null'],
      ['unverifiable', 'read null'],
      ['unverifiable', 'the episode failed: fell asleep'],
      ['unverifiable', 'the team gave no answer'],
    ]);
    expect(scored[1]?.rewards).toEqual([10, null, 10]);
    expect(scored[0]?.objectives?.[0]?.rewards).toEqual([null, null, null, null]);
  });

  it('says so where no reward has a weight', async () => {
    const { scorer, asked } = numberScorer();
    const [scored] = await teamRewards(scorer, { mute: { jointWeight: 0, ownWeight: 0, tag: null } }).score([
      group(written('mute', 0, '1')),
    ]);
    expect(scored?.results[0]?.reasons).toEqual(['none of its rewards has a weight']);
    expect(asked).toEqual([]);
  });

  it('leaves what is of no team to the scorer', async () => {
    const { scorer } = numberScorer();
    const { agent: _, episodeId: __, isAnswer: ___, ...single } = written('', 0, '1');
    const [scored] = await teamRewards(scorer).score([group(single)]);
    expect(scored?.rewards).toEqual([10]);
    expect(await teamRewards(scorer).score([])).toEqual([]);
  });
});
