import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import { describe, expect, it } from 'vitest';
import * as policyLosses from '../catalogue/policy-losses.ts';
import { clippedPolicyLoss } from '../losses/clipped-policy-loss.ts';
import type { Aggregated, PolicyLoss, PolicyLossInputs } from '../losses/policy-loss.ts';
import { explainToken } from './explain-token.ts';
import { formatExplanation } from './format-explanation.ts';
import { groupStanding } from './group-standing.ts';

const provenance = {
  rewards: [1, 0, null],
  groups: ['p', 'p', 'q'],
  parts: [{ correct: 0.9, format: 0.1 }, { correct: 0, format: 0 }, { correct: null }],
};
const modes = ['token-mean', 'token-sum', 'sequence-mean-token-sum', 'sequence-mean-token-mean'] as const;

describeBackends('explainToken', () => {
  const row = (values: number[][]) => tf.tensor2d(values);
  const batchInputs = () => ({
    logProbs: row([
      [-1, -2, -0.5],
      [-1, -1.5, 0],
      [-2, 0, 0],
    ]),
    oldLogProbs: row([
      [-2, -2, -0.75],
      [-1.25, -1, 0],
      [-2, 0, 0],
    ]),
    referenceLogProbs: row([
      [-1, -1, -1],
      [-1, -1, -1],
      [-1, -1, -1],
    ]),
    behaviorLogProbs: row([
      [-2, -2, -1],
      [-1, -1, -1],
      [-1, -1, -1],
    ]),
    mask: row([
      [1, 1, 1],
      [1, 1, 0],
      [1, 0, 0],
    ]),
    advantages: tf.tensor1d([0.5, -0.5, 0]),
    rewards: tf.tensor1d([1, 0, 0]),
    groups: tf.tensor1d([0, 0, 1]),
    logPartition: tf.tensor1d([0, 0, 1]),
    importanceWeights: row([
      [1, 0.5, 2],
      [1, 1, 1],
      [1, 1, 1],
    ]),
  });

  it('follows a token from its reward to its gradient', async () => {
    const options = { aggregation: { mode: 'token-mean' } } as const;
    const batch = { loss: clippedPolicyLoss, inputs: batchInputs(), options, provenance };
    const explanation = await explainToken(batch, { sequence: 0, token: 0 });
    // ratio e, clipped at 1.2: −0.5·1.2, one of six tokens
    expect(explanation).toMatchObject({
      reward: {
        reward: 1,
        parts: { correct: 0.9, format: 0.1 },
        group: 'p',
        groupRewards: [1, 0],
        mean: 0.5,
        aboveMean: 0.5,
      },
      advantage: 0.5,
      mask: 1,
      logRatio: 1,
      ratio: Math.E,
      rules: ['clip', 'clipHigh'],
      tokenLoss: expect.closeTo(-0.6, 6) as number,
      importanceWeight: 1,
      aggregationWeight: expect.closeTo(1 / 6, 6) as number,
      contribution: expect.closeTo(-0.1, 6) as number,
      gradient: 0,
    });
    const weighted = await explainToken(batch, { sequence: 0, token: 1 });
    expect(weighted.rules).toEqual([]);
    expect([weighted.contribution, weighted.gradient]).toEqual([
      expect.closeTo(-0.5 / 12, 6),
      expect.closeTo(-0.5 / 12, 6),
    ]);
  });

  it('gives a masked token no share, and says so', async () => {
    const options = { aggregation: { mode: 'token-mean' } } as const;
    const batch = { loss: clippedPolicyLoss, inputs: batchInputs(), options, provenance };
    const explanation = await explainToken(batch, { sequence: 2, token: 2 });
    expect([explanation.mask, explanation.contribution, explanation.gradient]).toEqual([0, 0, 0]);
    expect(formatExplanation(explanation)).toContain('masked: it does not train');
    expect(formatExplanation(explanation)).toContain('reward       unverifiable = correct unverifiable');
  });

  describe.each(Object.entries(policyLosses))('%s', (name, loss) => {
    it.each(modes)('has contributions that add up to the loss of the batch by %s', async (mode) => {
      const inputs = batchInputs();
      const options = { aggregation: { mode }, ...(name === 'dro' && { beta: 0.5 }) };
      const batch = {
        loss: loss as unknown as PolicyLoss<object, string>,
        inputs: inputs as PolicyLossInputs,
        options: options as Aggregated,
      };
      let [sum, batchLoss] = [0, Number.NaN];
      const before = tf.memory().numTensors;
      for (let sequence = 0; sequence < 3; sequence += 1) {
        for (let token = 0; token < 3; token += 1) {
          const explanation = await explainToken(batch, { sequence, token });
          sum += explanation.contribution;
          batchLoss = explanation.batchLoss;
        }
      }
      expect(sum / Math.max(1, Math.abs(batchLoss))).toBeCloseTo(batchLoss / Math.max(1, Math.abs(batchLoss)), 6);
      expect(tf.memory().numTensors).toBe(before);
    });
  });

  it('refuses a place outside the batch', async () => {
    const options = { aggregation: { mode: 'token-mean' } } as const;
    const batch = { loss: clippedPolicyLoss, inputs: batchInputs(), options };
    await expect(explainToken(batch, { sequence: 3, token: 0 })).rejects.toThrow(RangeError);
    await expect(explainToken(batch, { sequence: 0, token: -1 })).rejects.toThrow('outside the batch');
  });
});

describe('groupStanding', () => {
  it('takes verifiable rewards into the statistics, also of a lone one and none', () => {
    const standing = groupStanding({ rewards: [3, null, 1, 5], groups: [1, 1, 1, 2] }, 1);
    expect(standing).toMatchObject({
      reward: null,
      aboveMean: null,
      groupRewards: [3, 1],
      mean: 2,
      deviation: Math.SQRT2,
    });
    expect(groupStanding({ rewards: [5], groups: [2] }, 0)).toMatchObject({ mean: 5, deviation: 0, aboveMean: 0 });
    expect(groupStanding({ rewards: [null], groups: [2] }, 0)).toMatchObject({ mean: 0, groupRewards: [] });
  });

  it('refuses arrays that do not fit, sequences it does not have and rewards that are not finite', () => {
    expect(() => groupStanding({ rewards: [1], groups: [] }, 0)).toThrow('one group (and parts) per reward');
    expect(() => groupStanding({ rewards: [1], groups: ['a'] }, 1)).toThrow(RangeError);
    expect(() => groupStanding({ rewards: [Number.NaN], groups: ['a'] }, 0)).toThrow(RangeError);
  });
});
