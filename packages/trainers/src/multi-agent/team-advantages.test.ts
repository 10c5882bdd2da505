import { deriveSeed, type RewardResult, type ScoredGroup, type Trajectory } from '@rlloom/spec';
import { describe, expect, it } from 'vitest';
import { actorConfig } from '../actor.config.ts';
import { packExperience } from '../experience.ts';
import { grpoConfig } from '../grpo.config.ts';
import { grpoStep } from '../grpo.ts';
import { packTurnExperience } from './pack-turn-experience.ts';
import { proposerSolverAdvantages, roleAdvantages, turnAdvantages } from './team-advantages.ts';

/** A trajectory of some turns: a prompt token, then per turn two sampled tokens and one observed. */
function written(agent: string | undefined, episode: number, turnCount = 1): Trajectory {
  const mask = [0, ...Array.from({ length: turnCount }, () => [1, 1, 0]).flat()];
  return {
    ...{ taskId: 'a', tag: 't', sampleIndex: episode, episodeId: `e${episode}`, promptLength: 1, responseText: '' },
    ...(agent !== undefined && { agent }),
    tokens: Int32Array.from(mask, (_, t) => deriveSeed(episode, t) % 12),
    lossMask: Uint8Array.from(mask),
    rolloutLogProbs: Float32Array.from(mask, (trained) => (trained === 1 ? -2 : 0)),
    policyVersions: Int32Array.from(mask, (trained) => trained - 1),
    stopReason: 'eos',
    turns: [
      { author: 'prompt', start: 0, end: 1 },
      ...Array.from({ length: turnCount }, (_, turn) => [
        { author: 'policy' as const, start: 1 + 3 * turn, end: 3 + 3 * turn },
        { author: 'environment' as const, start: 3 + 3 * turn, end: 4 + 3 * turn },
      ]).flat(),
    ],
  };
}

function scored(
  trajectories: readonly Trajectory[],
  rewards: readonly (number | null)[],
  stepScores: readonly (readonly (number | null)[] | undefined)[] = [],
): ScoredGroup {
  const results = rewards.map((reward, index): RewardResult => {
    const steps = stepScores[index];
    return {
      ...{ verdict: reward === null ? 'unverifiable' : 'correct', score: reward, parts: {}, reasons: [] },
      ...(steps !== undefined && { stepScores: steps }),
    };
  });
  return { task: { id: 'a', tag: 't', messages: [] }, trajectories, results, rewards };
}

describe('roleAdvantages', () => {
  it('keeps a baseline for each agent, over groups and steps', () => {
    const groups = [
      scored([written('black', 0), written('black', 1)], [1, null]),
      scored([written('white', 0), written('white', 1)], [-1, 0]),
      scored([written('black', 2)], [1]),
    ];
    const first = roleAdvantages(groups, { decay: 0.5 });
    // black: 0 → 0.5 → 0.75; white: 0 → −0.5 → −0.25
    expect(first).toEqual({ advantages: [[1, null], [-1, 0.5], [0.5]], baselines: { black: 0.75, white: -0.25 } });
    expect(roleAdvantages(groups.slice(2), first).advantages).toEqual([[0.25]]);
  });

  it('refuses a trajectory that names no agent', () => {
    expect(() => roleAdvantages([scored([written(undefined, 0)], [1])])).toThrow(/task "a": roleAdvantages/);
    expect(roleAdvantages([])).toEqual({ advantages: [], baselines: {} });
  });
});

describe('proposerSolverAdvantages', () => {
  it('compares solvers within an episode and proposers over those of a task', () => {
    const groups = [
      scored([written('proposer', 0), written('proposer', 1)], [0.5, 0]),
      scored([written('solver', 0), written('solver', 1)], [1, 1]),
      scored([written('solver', 0), written('solver', 1)], [0, 1]),
    ];
    expect(proposerSolverAdvantages(groups)).toEqual([
      [0.25, -0.25],
      [0.5, 0],
      [-0.5, 0],
    ]);
    expect(proposerSolverAdvantages(groups, [])).toEqual([
      [0.25, -0.25],
      [0.25, 0.25],
      [-0.75, 0.25],
    ]);
  });
});

describe('turnAdvantages', () => {
  it('compares discounted returns turn by turn', () => {
    const group = scored(
      [written('a', 0, 2), written('a', 1, 2), written('a', 2, 1), written('a', 3, 1)],
      [3, 0, 1, null],
      [[1, 2], undefined, [0.5]],
    );
    // Returns with gamma 0.5: [1 + 1, 2], [0, 0], [1]: what the reward of the third has beyond its step is added.
    expect(turnAdvantages([group], { gamma: 0.5 })).toEqual([[[1, 1], [-1, -1], [0], [null]]]);
    expect(turnAdvantages([group], { gamma: 0.5, baseline: 'raw' })).toEqual([[[2, 2], [0, 0], [1], [null]]]);
  });

  it('has the discount of CoMLRL', () => {
    const group = scored([written('a', 0, 2), written('a', 1, 2)], [1, 0]);
    expect(turnAdvantages([group], { baseline: 'raw' })).toEqual([
      [
        [0.9, 1],
        [0, 0],
      ],
    ]);
  });

  it('has nothing to say of a trajectory without turns', () => {
    expect(turnAdvantages([scored([written('a', 0, 0)], [1])])).toEqual([[[]]]);
    expect(turnAdvantages([])).toEqual([]);
  });
});

describe('packTurnExperience', () => {
  it('puts the advantage of each turn on the tokens sampled there, and on no other', () => {
    const group = scored([written('a', 0, 2), written('a', 1, 1), written('a', 2, 0)], [1, 1, 1]);
    const { sequences, leftOut } = packTurnExperience([group], [[[0.5, -2], [null], []]]);
    expect(leftOut).toBe(2);
    expect(sequences).toEqual([
      {
        tokens: group.trajectories[0]?.tokens,
        lossMask: Uint8Array.of(0, 1, 1, 0, 1, 1, 0),
        advantages: Float32Array.of(0, 0.5, 0.5, 0, -2, -2, 0),
        rolloutLogProbs: Float32Array.of(0, -2, -2, 0, -2, -2, 0),
      },
    ]);
  });

  it('is packExperience where every turn has the advantage of the whole', () => {
    const group = scored([written('a', 0, 2), written('a', 1, 1)], [1, 0]);
    expect(packTurnExperience([group], [[[0.5, 0.5], [-0.5]]])).toEqual(packExperience([group], [[0.5, -0.5]]));
  });
});

describe('grpoStep over groups of several roles', () => {
  it('trains the one policy on each role, compared with its own kind alone', async () => {
    const batches: Float32Array[][] = [];
    const policy = {
      version: 0,
      logProbs: () => Promise.reject(new Error('not needed')),
      forwardBackward: async (batch: { sequences: readonly { advantages?: Float32Array; tokens: Int32Array }[] }) => {
        batches.push(batch.sequences.map(({ advantages = new Float32Array() }) => advantages));
        return { metrics: {}, logProbs: batch.sequences.map(({ tokens }) => new Float32Array(tokens.length)) };
      },
      optimizerStep: async () => ({}),
      weights: () => ({ kind: 'shared' as const, version: 0 }),
      saveState: async () => undefined,
      loadState: async () => undefined,
    };
    const groups = [
      scored([written('hint', 0), written('hint', 1)], [1, 0]),
      scored([written('answer', 0), written('answer', 1)], [5, 5]),
    ];
    const { metrics } = await grpoStep({
      ...{ policy, reference: undefined, groups, learningRate: 1e-3, klCoefficient: 0, seed: 1 },
      config: grpoConfig.parse({ normalizeByStd: false }),
      actor: actorConfig.parse({}),
    });
    expect(metrics['batch/sequences']).toBe(4);
    expect(batches.map((batch) => batch.map((advantages) => advantages[1]))).toEqual([[0.5, -0.5, 0, 0]]);
  });
});
