import type { ScoredGroup, TrainingBatch, TrainingSequence } from '@rlloom/spec';
import { adamW, selectBackend } from '@rlloom/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { actorConfig } from './actor.config.ts';
import { grpoConfig } from './grpo.config.ts';
import { grpoStep } from './grpo.ts';
import { createLocalPolicy } from './policy/local-policy.ts';
import { againstRollout, weighAgainstRollout } from './rollout-correction.ts';
import { tinyModel } from './testing/tiny-model.ts';

beforeAll(async () => {
  await selectBackend({ backend: 'wasm' });
});

const sequence: TrainingSequence = {
  tokens: Int32Array.of(1, 2, 3, 4),
  lossMask: Uint8Array.of(0, 1, 0, 1),
  advantages: Float32Array.of(0, 1, 0, 1),
  rolloutLogProbs: Float32Array.of(0, -1, 0, -2),
};
const batch: TrainingBatch = { sequences: [sequence] };

describe('weighAgainstRollout', () => {
  it('holds each token against the policy that drew it, within the bounds', () => {
    const now = [Float32Array.of(0, -1 + Math.log(1.5), 7, -2 + Math.log(5))];
    const clamped = weighAgainstRollout(batch, now, { upper: 2 });
    const weights = clamped.batch.sequences[0]?.importanceWeights;
    expect([...(weights ?? [])].map((weight) => Number(weight.toFixed(5)))).toEqual([0, 1.5, 0, 2]);
    expect(clamped.metrics['correction/above']).toBe(0.5);
    expect(clamped.metrics['correction/ratio_max']).toBeCloseTo(5, 4);
    const zeroed = weighAgainstRollout(batch, now, { upper: 2, outside: 'zero' });
    expect(zeroed.batch.sequences[0]?.importanceWeights?.[3]).toBe(0);
  });

  it('changes nothing where trainer and rollout agree', () => {
    const { batch: same } = weighAgainstRollout(batch, [Float32Array.of(0, -1, 0, -2)], {});
    expect([...(same.sequences[0]?.importanceWeights ?? [])]).toEqual([0, 1, 0, 1]);
  });

  it('bypass takes the log-probs of the rollout for the old ones', () => {
    expect(againstRollout(batch).sequences[0]?.oldLogProbs).toBe(sequence.rolloutLogProbs);
  });
});

describe('corrections in a step', () => {
  // The rollout found each token half as likely as the policy does: all ratios are 2.
  const stepWith = async (mode: 'auto' | 'none' | 'decoupled' | 'bypass', isAhead?: boolean) => {
    const model = tinyModel(3);
    const policy = createLocalPolicy({ model, optimizer: adamW(), padTokenId: 0 });
    const trajectories = [0, 1].map((sampleIndex) => ({
      taskId: 'a',
      tag: 'x',
      sampleIndex,
      tokens: Int32Array.of(1, 2 + sampleIndex, 5),
      promptLength: 1,
      lossMask: Uint8Array.of(0, 1, 1),
      rolloutLogProbs: new Float32Array(3),
      policyVersions: Int32Array.of(-1, 0, 0),
      stopReason: 'eos' as const,
      turns: [],
      responseText: '',
    }));
    const { logProbs } = await policy.logProbs({ sequences: trajectories });
    const group: ScoredGroup = {
      task: { id: 'a', tag: 'x', messages: [] },
      trajectories: trajectories.map((trajectory, i) => ({
        ...trajectory,
        rolloutLogProbs: (logProbs[i] ?? new Float32Array(3)).map((value, t) => (t === 0 ? 0 : value - Math.log(2))),
      })),
      rewards: [1, 0],
      results: [],
    };
    const { metrics } = await grpoStep({
      policy,
      reference: undefined,
      groups: [group],
      config: grpoConfig.parse({ rolloutCorrection: { mode, upper: 3 } }),
      actor: actorConfig.parse({}),
      learningRate: 0,
      klCoefficient: 0,
      seed: 1,
      ...(isAhead !== undefined && { isAhead }),
    });
    policy.dispose();
    model.dispose();
    return metrics;
  };

  it('decoupled weighs the gradient, and nothing does without it', async () => {
    const [plain, decoupled] = [await stepWith('none'), await stepWith('decoupled')];
    expect(decoupled['correction/ratio_mean']).toBeCloseTo(2, 4);
    expect((decoupled['actor/gradient_norm'] ?? 0) / (plain['actor/gradient_norm'] ?? 0)).toBeCloseTo(2, 4);
    expect(plain).not.toHaveProperty('correction/ratio_mean');
    expect(decoupled['mismatch/abs_mean']).toBeCloseTo(Math.log(2), 4);
  });

  it('bypass clips around the policy that sampled', async () => {
    const metrics = await stepWith('bypass');
    // Half of the tokens have a positive advantage and a ratio of 2, above 1.2.
    expect(metrics['actor/clip_fraction_high']).toBeCloseTo(0.5, 5);
  });

  it('auto is decoupled where rollouts run ahead, else none', async () => {
    expect(await stepWith('auto', true)).toEqual(await stepWith('decoupled'));
    expect(await stepWith('auto')).toEqual(await stepWith('none'));
  });
});
