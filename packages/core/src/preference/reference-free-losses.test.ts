import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { alphapoLoss, cpoLoss, simpoLoss } from './cpo-losses.ts';
import { orpoLoss } from './orpo-loss.ts';
import type { PairCounts, PolicyPairs } from './pair-loss.ts';
import { rewardModelLoss } from './reward-model-loss.ts';
import { xpoLoss } from './xpo-loss.ts';

type Loss = (inputs: PolicyPairs, options: PairCounts) => { readonly loss: tf.Scalar; readonly metrics: object };

// The log-probs of ORPO are those of averages, which are not above 0; scores of a reward model are any number.
const losses: Readonly<Record<string, Loss>> = {
  cpoLoss: (inputs, options) => cpoLoss(inputs, { ...options, labelSmoothing: 0.1 }),
  'cpoLoss, hinge': (inputs, options) => cpoLoss(inputs, { ...options, loss: 'hinge' }),
  'cpoLoss, ipo of AlphaPO rewards': (inputs, options) => cpoLoss(inputs, { ...options, loss: 'ipo', alpha: 0.25 }),
  simpoLoss,
  alphapoLoss,
  orpoLoss,
  rewardModelLoss: ({ chosenLogProbs, rejectedLogProbs, pairMask }, options) =>
    rewardModelLoss(
      { chosenRewards: chosenLogProbs, rejectedRewards: rejectedLogProbs, ...(pairMask && { pairMask }) },
      { ...options, centerCoefficient: 0.01 },
    ),
};

const inputsOf = (rows: readonly (readonly [number, number])[]): PolicyPairs => ({
  chosenLogProbs: tf.tensor1d(rows.map(([chosen]) => chosen)),
  rejectedLogProbs: tf.tensor1d(rows.map(([, rejected]) => rejected)),
});
const closeTo = (value: number, expected: number, scale = 1) =>
  expect(Math.abs(value - expected)).toBeLessThanOrEqual(2e-5 * Math.max(scale, Math.abs(expected)));
const logSigma = (x: number) => -Math.log1p(Math.exp(-x));

describeBackends('losses of pairs without a reference model', () => {
  const value = (scalar: tf.Tensor) => scalar.dataSync()[0] ?? Number.NaN;
  const evaluate = (loss: Loss, inputs: PolicyPairs, options: PairCounts = {}) =>
    tf.tidy(() => {
      const { value: total, grad } = tf.valueAndGrad((both: tf.Tensor) => {
        const [chosenLogProbs, rejectedLogProbs] = tf.split(both, 2) as [tf.Tensor1D, tf.Tensor1D];
        return loss({ ...inputs, chosenLogProbs, rejectedLogProbs }, options).loss;
      })(tf.concat([inputs.chosenLogProbs, inputs.rejectedLogProbs]));
      return { loss: value(total), gradients: tf.split(grad, 2).map((side) => Array.from(side.dataSync())) };
    });

  it('computes CPO, with its likelihood', () => {
    const inputs = inputsOf([[-4, -6]]);
    const nll = { chosenNll: tf.scalar(3), nllWeight: 0.5 };
    closeTo(value(cpoLoss(inputs, { beta: 0.5, ...nll }).loss), -logSigma(1) + 1.5);
    const smoothed = cpoLoss(inputs, { beta: 0.5, labelSmoothing: 0.25 }).loss;
    closeTo(value(smoothed), -0.75 * logSigma(1) - 0.25 * logSigma(-1));
    closeTo(value(cpoLoss(inputs, { beta: 0.25, loss: 'hinge' }).loss), 0.5);
    closeTo(value(cpoLoss(inputs, { beta: 0.5, loss: 'ipo' }).loss), 1);
    const { chosenRewards, rejectedRewards } = cpoLoss.perPair(inputs, { beta: 0.5 });
    expect([value(chosenRewards), value(rejectedRewards)]).toEqual([-2, -3]);
    expect(() => cpoLoss(inputs, { loss: 'simpo' as 'ipo' })).toThrow('unknown loss simpo');
  });

  it('sends the gradient of the likelihood on', () => {
    const inputs = inputsOf([[-4, -6]]);
    const slope = tf.grad((x: tf.Tensor) => simpoLoss(inputs, { chosenNll: tf.sum(x), nllWeight: 0.5 }).loss);
    expect(value(slope(tf.scalar(2)))).toBe(0.5);
  });

  it('computes SimPO and AlphaPO', () => {
    const inputs = inputsOf([[Math.log(0.5), Math.log(0.0625)]]);
    const margin = Math.log(8);
    closeTo(value(simpoLoss(inputs, { beta: 2, gamma: 1 }).loss), -logSigma(2 * margin - 1));
    // (1 − p^{−½}) / ½
    const reward = (p: number) => (1 - p ** -0.5) / 0.5;
    const difference = reward(0.5) - reward(0.0625);
    closeTo(value(alphapoLoss(inputs, { beta: 2, gamma: 1, alpha: 0.5 }).loss), -logSigma(2 * difference - 1));
    const tiny = value(alphapoLoss(inputs, { beta: 2, gamma: 1, alpha: 1e-4 }).loss);
    expect(tiny).toBeCloseTo(-logSigma(2 * margin - 1), 3);
    closeTo(value(simpoLoss(inputs, { alpha: 0.25 }).loss), value(alphapoLoss(inputs).loss));
    expect(() => simpoLoss(inputs, { alpha: Number.POSITIVE_INFINITY })).toThrow(RangeError);
  });

  it('computes ORPO, finite also at a probability of 1', () => {
    const { loss, metrics } = orpoLoss(inputsOf([[Math.log(0.75), Math.log(0.25)]]), {
      beta: 0.5,
      chosenNll: tf.scalar(2),
      nllWeight: 0.5,
    });
    closeTo(value(loss), 1 - 0.5 * logSigma(Math.log(9)));
    closeTo(value(metrics.logOdds), Math.log(9));
    closeTo(value(metrics.logOddsRatio), logSigma(Math.log(9)));
    closeTo(value(metrics.rewardMargin), 0.5 * Math.log(3));
    const certain = evaluate(orpoLoss, inputsOf([[0, 0]]));
    closeTo(certain.loss, 0.1 * Math.LN2);
    expect(certain.gradients.flat().map(Math.abs)).toEqual([0, 0]);
  });

  it('computes the Bradley–Terry loss, with margin and centre', () => {
    const inputs = { chosenRewards: tf.tensor1d([2, 1]), rejectedRewards: tf.tensor1d([1, 3]) };
    closeTo(value(rewardModelLoss(inputs).loss), -(logSigma(1) + logSigma(-2)) / 2);
    const margins = tf.tensor1d([0.5, 1]);
    const { loss, metrics } = rewardModelLoss({ ...inputs, margins }, { centerCoefficient: 0.1 });
    closeTo(value(loss), -(logSigma(0.5) + logSigma(-3)) / 2 + (0.1 * (9 + 16)) / 2);
    expect(Object.entries(metrics).map(([key, metric]) => [key, value(metric as tf.Scalar)])).toEqual([
      ['meanReward', 1.75],
      ['minReward', 1],
      ['maxReward', 3],
      ['rewardMargin', -0.5],
      ['rewardAccuracy', 0.5],
    ]);
  });

  it('is the log-exp form of OpenRLHF, which overflows where this does not', () => {
    const logExp = (chosen: number, rejected: number) => Math.log(1 + Math.exp(rejected - chosen));
    const lossOf = (chosen: number, rejected: number) =>
      value(rewardModelLoss({ chosenRewards: tf.tensor1d([chosen]), rejectedRewards: tf.tensor1d([rejected]) }).loss);
    closeTo(lossOf(2, 1), logExp(2, 1));
    closeTo(lossOf(-1, 3), logExp(-1, 3));
    expect(logExp(-5e3, 5e3)).toBe(Number.POSITIVE_INFINITY);
    expect(lossOf(-5e3, 5e3)).toBe(1e4);
  });

  it('measures extremes of pairs only', () => {
    const inputs = { chosenRewards: tf.tensor1d([2, -9]), rejectedRewards: tf.tensor1d([1, 9]) };
    const { minReward, maxReward } = rewardModelLoss({ ...inputs, pairMask: tf.tensor1d([1, 0]) }).metrics;
    expect([value(minReward), value(maxReward)]).toEqual([1, 2]);
    const none = rewardModelLoss({ ...inputs, pairMask: tf.zeros([2]) }).metrics;
    expect([value(none.minReward), value(none.maxReward)].map(Math.abs)).toEqual([0, 0]);
    expect(() => rewardModelLoss(inputs, { centerCoefficient: -1 })).toThrow(RangeError);
  });

  it('adds exploration to the loss of a pair (XPO), and its gradient', () => {
    const inputs = {
      ...inputsOf([[-2, -5]]),
      referenceChosenLogProbs: tf.tensor1d([-3]),
      referenceRejectedLogProbs: tf.tensor1d([-4]),
      referenceSampleLogProbs: tf.tensor1d([-5]),
    };
    closeTo(value(xpoLoss(inputs, { beta: 0.5, alpha: 0.1 }).loss), -logSigma(1) - 0.5);
    closeTo(value(xpoLoss(inputs, { beta: 0.5, alpha: 0.1, loss: 'ipo' }).loss), 1 - 0.5);
    const slope = tf.grad(
      (x: tf.Tensor) => xpoLoss({ ...inputs, referenceSampleLogProbs: tf.reshape(x, [1]) }, { alpha: 0.25 }).loss,
    );
    expect(value(slope(tf.tensor1d([-5])))).toBe(0.25);
    expect(() => xpoLoss(inputs, { alpha: -1 })).toThrow(RangeError);
    expect(() => xpoLoss(inputs, { loss: 'hinge' as 'ipo' })).toThrow('unknown loss hinge');
  });

  const row = (largest: number) => {
    const logProb = fc.double({ min: -largest, max: 0, noNaN: true });
    return fc.tuple(logProb, logProb);
  };

  describe.each(Object.entries(losses))('%s', (_, loss) => {
    it('is finite down to log-probs of −1e4, in value and gradient', () => {
      fc.assert(
        fc.property(fc.array(row(1e4), { minLength: 1, maxLength: 4 }), (rows) => {
          const { loss: total, gradients } = evaluate(loss, inputsOf(rows));
          expect([total, ...gradients.flat()].every(Number.isFinite)).toBe(true);
        }),
        { numRuns: 15 },
      );
    });

    it('adds up over micro-batches in any order, in value and gradient', () => {
      fc.assert(
        fc.property(fc.array(fc.tuple(row(3), fc.nat(2)), { minLength: 1, maxLength: 6 }), (entries) => {
          // Away from a probability of 1, where slopes grow beyond what float32 adds up.
          const rows = entries.map(([[chosen, rejected]]) => [chosen - 0.5, rejected - 0.5] as const);
          const counts = { pairCount: rows.length };
          const whole = evaluate(loss, inputsOf(rows), counts);
          let sum = 0;
          for (const part of [1, 2, 0]) {
            const places = rows.map((_, i) => i).filter((i) => entries[i]?.[1] === part);
            if (places.length === 0) continue;
            const result = evaluate(loss, inputsOf(places.map((i) => rows[i] as [number, number])), counts);
            sum += result.loss;
            result.gradients.forEach((gradient, side) =>
              places.forEach((place, i) => closeTo(gradient[i] ?? Number.NaN, whole.gradients[side]?.[place] ?? 0, 10)),
            );
          }
          closeTo(sum, whole.loss, 10);
        }),
        { numRuns: 15 },
      );
    });

    it('never reads rows that are no pairs, and is 0 without pairs', () => {
      const inputs = inputsOf([
        [-1, -2],
        [Number.NaN, Number.NaN],
      ]);
      const masked = evaluate(loss, { ...inputs, pairMask: tf.tensor1d([1, 0]) });
      const alone = evaluate(loss, inputsOf([[-1, -2]]));
      expect(masked).toEqual({ loss: alone.loss, gradients: alone.gradients.map(([slope]) => [slope, 0]) });
      const none = evaluate(loss, { ...inputs, pairMask: tf.zeros([2]) });
      expect([none.loss, ...none.gradients.flat()].map(Math.abs)).toEqual([0, 0, 0, 0, 0]);
    });

    it('refuses what has no meaning, and leaves no tensor behind', () => {
      const inputs = inputsOf([[-1, -2]]);
      expect(() => loss({ ...inputs, rejectedLogProbs: tf.zeros([2]) }, {})).toThrow(ShapeError);
      expect(() => loss(inputs, { pairCount: -1 })).toThrow(RangeError);
      const before = tf.memory().numTensors;
      const { loss: total, metrics } = loss(inputs, {});
      tf.dispose([total, ...(Object.values(metrics) as tf.Scalar[])]);
      evaluate(loss, inputs);
      expect(tf.memory().numTensors).toBe(before);
    });
  });

  it.each([cpoLoss, simpoLoss, alphapoLoss, orpoLoss])('refuses a beta of 0', (loss) => {
    expect(() => loss(inputsOf([[-1, -2]]), { beta: 0 })).toThrow('beta must be above 0');
  });
});
