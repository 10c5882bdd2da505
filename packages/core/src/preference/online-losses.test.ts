import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { geometricMixtureLogProbs, type NashMdInputs, nashMdLoss } from './nash-md-loss.ts';
import { onlinePairs } from './online-pairs.ts';

describe('onlinePairs', () => {
  it('chooses the larger reward, the first of equal ones', () => {
    expect(onlinePairs([1, 2, 3, 3])).toEqual([
      { chosen: 1, rejected: 0, margin: 1 },
      { chosen: 2, rejected: 3, margin: 0 },
    ]);
    expect(onlinePairs([])).toEqual([]);
  });

  it('takes the penalty from completions that did not end', () => {
    const ended = [false, true, false, false];
    expect(onlinePairs([3, 2, 5, 4], { ended, missingEosPenalty: 2 })).toEqual([
      { chosen: 1, rejected: 0, margin: 1 },
      { chosen: 2, rejected: 3, margin: 1 },
    ]);
  });

  it('makes no pair with an unverifiable completion', () => {
    expect(onlinePairs([null, 2, 1, null, 0, 1])).toEqual([{ chosen: 5, rejected: 4, margin: 1 }]);
  });

  it('refuses what has no meaning', () => {
    expect(() => onlinePairs([1, 2, 3])).toThrow(ShapeError);
    expect(() => onlinePairs([1, 2], { ended: [true] })).toThrow(ShapeError);
    expect(() => onlinePairs([1, Number.NaN])).toThrow(RangeError);
    expect(() => onlinePairs([1, 2], { missingEosPenalty: Number.POSITIVE_INFINITY })).toThrow(RangeError);
  });
});

describeBackends('nashMdLoss', () => {
  const nan = Number.NaN;
  const inputs = (): NashMdInputs => ({
    logProbs: tf.tensor2d([
      [-1, -2],
      [-3, nan],
    ]),
    referenceLogProbs: tf.tensor2d([
      [-2, -2],
      [-1, nan],
    ]),
    mask: tf.tensor2d([
      [1, 1],
      [1, 0],
    ]),
    winProbabilities: tf.tensor1d([1, 0.25]),
  });
  const gradient = (given: NashMdInputs, options = {}) =>
    tf
      .grad((x: tf.Tensor) => nashMdLoss({ ...given, logProbs: tf.reshape(x, [2, 2]) }, options))(given.logProbs)
      .arraySync();

  it('is β times the log ratio less the win, as the slope of each token', () => {
    // β·(1, 0, −2) − (½, ½, −¼), over two completions
    expect(gradient(inputs(), { beta: 0.5 })).toEqual([
      [0, -0.25],
      [-0.375, 0],
    ]);
    // Σ slope·log π of each, halved
    expect(nashMdLoss(inputs(), { beta: 0.5 }).arraySync()).toBe(0 * -1 + -0.25 * -2 + -0.375 * -3);
  });

  it('adds up over micro-batches', () => {
    const halves = gradient(inputs(), { beta: 0.5, sampleCount: 4 }) as number[][];
    expect(halves).toEqual([
      [0, -0.125],
      [-0.1875, 0],
    ]);
  });

  it('is 0 with everything masked', () => {
    expect(Math.abs(nashMdLoss({ ...inputs(), mask: tf.zeros([2, 2]) }).arraySync())).toBe(0);
  });

  it('refuses what does not fit', () => {
    expect(() => nashMdLoss({ ...inputs(), winProbabilities: tf.ones([3]) })).toThrow(ShapeError);
    expect(() => nashMdLoss({ ...inputs(), mask: tf.ones([2, 3]) })).toThrow(ShapeError);
    expect(() => nashMdLoss(inputs(), { beta: 0 })).toThrow(RangeError);
  });

  it('mixes policies geometrically', () => {
    const [policy, reference] = [tf.tensor1d([Math.log(9), 0]), tf.tensor1d([0, 0])];
    const read = (share: number) => tf.exp(geometricMixtureLogProbs(policy, reference, share)).arraySync();
    expect(read(0)[0]).toBeCloseTo(0.9, 6);
    expect(read(0.5)[0]).toBeCloseTo(0.75, 6);
    expect(read(1)[0]).toBeCloseTo(0.5, 6);
    expect(() => geometricMixtureLogProbs(policy, reference, 2)).toThrow(RangeError);
    expect(() => geometricMixtureLogProbs(policy, tf.zeros([3]), 0.5)).toThrow(ShapeError);
  });

  it('leaves no tensor behind', () => {
    const given = inputs();
    const before = tf.memory().numTensors;
    nashMdLoss(given).dispose();
    geometricMixtureLogProbs(given.mask, given.mask, 0.5).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
