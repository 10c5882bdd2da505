import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { klEstimate } from '../kl/kl-estimate.ts';
import { aggregateLoss } from './aggregate-loss.ts';
import { cispoLoss } from './cispo-loss.ts';
import { clippedPolicyLoss } from './clipped-policy-loss.ts';
import { gspoLoss } from './gspo-loss.ts';
import type { Aggregated, PolicyLossInputs } from './policy-loss.ts';
import { directRewardLoss } from './quadratic-penalty-losses.ts';
import { reinforceLoss } from './reinforce-loss.ts';
import { sapoLoss } from './sapo-loss.ts';

// Numbers that peers assert in their own tests, under the name of the peer, and identities between the losses.
const sum = { aggregation: { mode: 'token-sum' } } as const;
const mean = { aggregation: { mode: 'token-mean' } } as const;

describeBackends('golden values', () => {
  const tokens = (advantages: readonly number[], ratios: readonly number[]) => ({
    logProbs: tf.tensor2d([ratios.map((ratio) => Math.log(ratio) - 2)]),
    oldLogProbs: tf.fill<tf.Rank.R2>([1, ratios.length], -2),
    advantages: tf.tensor2d([[...advantages]]),
    mask: tf.ones<tf.Rank.R2>([1, ratios.length]),
  });
  const values = (tensor: tf.Tensor) => Array.from(tensor.dataSync());
  const about = (numbers: readonly number[], digits = 4): unknown[] =>
    numbers.map((value): unknown => expect.closeTo(value, digits));
  type Loss = (inputs: PolicyLossInputs, options: Aggregated) => { readonly loss: tf.Scalar };
  const slopes = (loss: Loss, inputs: PolicyLossInputs, options: Aggregated = sum) =>
    values(tf.grad((x: tf.Tensor) => loss({ ...inputs, logProbs: x as tf.Tensor2D }, options).loss)(inputs.logProbs));

  it('NeMo-RL: clipped loss and dual clip', () => {
    expect(clippedPolicyLoss(tokens([1, -1, 2], [0.5, 1, 1.5]), mean).loss.arraySync()).toBeCloseTo(-0.6333, 4);
    const held = clippedPolicyLoss(tokens([1, -1, -4], [0.5, 1, 10]), { ...mean, clipRatioC: 3 });
    expect(held.loss.arraySync()).toBeCloseTo(4.1667, 4);
  });

  it('NeMo-RL: KL of distant tokens, k3 clamped at 10', () => {
    const [logProbs, reference] = [tf.tensor1d([-1, -1, -1]), tf.tensor1d([0, -15, -30])];
    const open = { inputClamp: null, outputClamp: null };
    expect(values(klEstimate(logProbs, reference, { estimator: 'k1', ...open }))).toEqual([-1, 14, 29]);
    expect(values(klEstimate(logProbs, reference, { estimator: 'k2', ...open }))).toEqual([0.5, 98, 420.5]);
    expect(values(klEstimate(logProbs, reference, { estimator: 'k3', ...open }))).toEqual(about([0.7183, 13, 28]));
    expect(values(klEstimate(logProbs, reference))).toEqual(about([0.7183, 10, 10]));
  });

  it('slime: dual clip per token', () => {
    const { tokenLoss } = clippedPolicyLoss.perToken(tokens([2, -2, 2], [2, 2, 0.5]), { clipRatioC: 1.5 });
    expect(values(tokenLoss)).toEqual(about([-2.4, 3, -1]));
  });

  it('slime: CISPO weights', () => {
    const inputs = tokens([1, -0.5, 2, -1], [1, 1.14, 1.56, 0.4]);
    const { tokenLoss } = cispoLoss.perToken(inputs, { clipRatioLow: 0.2, clipRatioHigh: 0.28 });
    const weights = values(tf.neg(tf.div(tokenLoss, tf.mul(inputs.advantages, inputs.logProbs))));
    expect(weights).toEqual(about([1, 1.14, 1.28, 0.8]));
  });

  it('SkyRL: masked sum of a loss, verl: token sum', () => {
    const losses = tf.tensor2d([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(
      aggregateLoss(
        losses,
        tf.tensor2d([
          [1, 1, 1],
          [1, 0, 0],
        ]),
        { mode: 'token-sum' },
      ).arraySync(),
    ).toBe(10);
    expect(aggregateLoss(losses, tf.ones([2, 3]), { mode: 'token-sum' }).arraySync()).toBe(21);
    // 13 trained tokens that cost 4 each
    const mask = tf.tensor2d([
      [1, 1, 1, 1, 1],
      [1, 1, 1, 1, 0],
      [1, 1, 1, 1, 0],
    ]);
    expect(aggregateLoss(tf.fill([3, 5], 4), mask, { mode: 'token-sum' }).arraySync()).toBe(13 * 4);
  });

  it('verl: DRO on-policy is REINFORCE', () => {
    const inputs = tokens([1, -2], [1, 1]);
    expect(directRewardLoss(inputs, { ...sum, beta: 0.7 }).loss.arraySync()).toBeCloseTo(-2, 5);
    expect(slopes((given, options) => directRewardLoss(given, { ...options, beta: 0.7 }), inputs)).toEqual(
      about([-1, 2]),
    );
  });

  describe('identities', () => {
    const advantages = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 5 });
    const ratios = (length: number) =>
      fc.array(fc.double({ min: 0.25, max: 4, noNaN: true }), { minLength: length, maxLength: length });

    it('the PPO loss at ratio 1 is minus the mean advantage', () => {
      fc.assert(
        fc.property(advantages, (given) => {
          const loss = clippedPolicyLoss(
            tokens(
              given,
              given.map(() => 1),
            ),
            mean,
          ).loss.arraySync();
          expect(loss).toBeCloseTo(-given.reduce((total, value) => total + value, 0) / given.length, 4);
        }),
        { numRuns: 15 },
      );
    });

    it('PPO, CISPO, SAPO and REINFORCE have one gradient at ratio 1', () => {
      fc.assert(
        fc.property(advantages, (given) => {
          const inputs = tokens(
            given,
            given.map(() => 1),
          );
          const expected = about(given.map((advantage) => -advantage));
          for (const loss of [clippedPolicyLoss, cispoLoss, sapoLoss, reinforceLoss] as readonly Loss[]) {
            expect(slopes(loss, inputs)).toEqual(expected);
          }
        }),
        { numRuns: 10 },
      );
    });

    it('GSPO is PPO where every sequence has one token', () => {
      fc.assert(
        fc.property(fc.integer({ min: -4, max: 4 }), ratios(1), (advantage, ratio) => {
          const inputs = tokens([advantage], ratio);
          const clips = { ...sum, clipRatioLow: 0.2, clipRatioHigh: 0.28 };
          expect(gspoLoss(inputs, clips).loss.arraySync()).toBeCloseTo(
            clippedPolicyLoss(inputs, clips).loss.arraySync(),
            4,
          );
        }),
        { numRuns: 15 },
      );
    });

    it('the mean over sequences of token means is the token mean where all lengths are equal', () => {
      const rows = fc.array(ratios(3), { minLength: 1, maxLength: 4 });
      fc.assert(
        fc.property(rows, (losses) => {
          const [matrix, mask] = [tf.tensor2d(losses), tf.ones<tf.Rank.R2>([losses.length, 3])];
          const [overTokens, overSequences] = (['token-mean', 'sequence-mean-token-mean'] as const).map((mode) =>
            aggregateLoss(matrix, mask, { mode }).arraySync(),
          );
          expect(overSequences).toBeCloseTo(overTokens ?? Number.NaN, 4);
        }),
        { numRuns: 15 },
      );
    });

    it('k3 is never negative, and with the gradient of k2 it has exactly that', () => {
      fc.assert(
        fc.property(ratios(4), (given) => {
          const [logProbs, reference] = [tf.log(tf.tensor1d(given)), tf.zeros<tf.Rank.R1>([4])];
          expect(Math.min(...values(klEstimate(logProbs, reference)))).toBeGreaterThanOrEqual(-1e-6);
          const slope = (options: Parameters<typeof klEstimate>[2]) =>
            values(tf.grad((x: tf.Tensor) => tf.sum(klEstimate(x as tf.Tensor1D, reference, options)))(logProbs));
          expect(slope({ gradient: 'k2' })).toEqual(about(slope({ estimator: 'k2' })));
        }),
        { numRuns: 15 },
      );
    });
  });
});
