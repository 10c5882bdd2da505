import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { type PairTokens, pairLogProbs } from './pair-log-probs.ts';
import { sequenceLogProbs } from './sequence-log-probs.ts';
import { wpoPairWeights } from './wpo-pair-weights.ts';

const nan = Number.NaN;

// A longer chosen completion that starts late, a longer rejected one, and a pair without tokens.
const tokens = (): PairTokens => ({
  chosenLogProbs: tf.tensor2d([
    [nan, -1, -2, -4],
    [-8, nan, nan, nan],
    [nan, nan, nan, nan],
  ]),
  chosenMask: tf.tensor2d([
    [0, 1, 1, 1],
    [1, 0, 0, 0],
    [0, 0, 0, 0],
  ]),
  rejectedLogProbs: tf.tensor2d([
    [-3, nan],
    [-1, -2],
    [nan, nan],
  ]),
  rejectedMask: tf.tensor2d([
    [1, 0],
    [1, 1],
    [0, 0],
  ]),
  referenceChosenLogProbs: tf.tensor1d([-9, -9, 0]),
  referenceRejectedLogProbs: tf.tensor2d([
    [-5, nan],
    [-5, -6],
    [nan, nan],
  ]),
});

describeBackends('log-probs of pairs', () => {
  const read = (given: object) =>
    Object.fromEntries(Object.entries(given).map(([name, tensor]) => [name, (tensor as tf.Tensor).arraySync()]));

  it('sums tokens, counts them, and takes sums of the reference as they are', () => {
    expect(read(pairLogProbs(tokens()))).toEqual({
      chosenLogProbs: [-7, -8, 0],
      rejectedLogProbs: [-3, -3, 0],
      referenceChosenLogProbs: [-9, -9, 0],
      referenceRejectedLogProbs: [-5, -11, 0],
      chosenLengths: [3, 1, 0],
      rejectedLengths: [1, 2, 0],
      chosenLikelihood: [-7, -8, 0],
    });
  });

  it('weighs the tokens beyond the shorter completion', () => {
    const { chosenLogProbs, rejectedLogProbs, referenceRejectedLogProbs, chosenLikelihood } = pairLogProbs(tokens(), {
      lengthDesensitization: 0.5,
    });
    expect(chosenLogProbs.arraySync()).toEqual([-1 + 0.5 * -6, -8, 0]);
    expect(rejectedLogProbs.arraySync()).toEqual([-3, -1 + 0.5 * -2, 0]);
    expect(referenceRejectedLogProbs.arraySync()).toEqual([-5, -5 + 0.5 * -6, 0]);
    expect(chosenLikelihood.arraySync()).toEqual([-7, -8, 0]);
    expect(pairLogProbs(tokens(), { lengthDesensitization: 0 }).chosenLogProbs.arraySync()).toEqual([-1, -8, 0]);
  });

  it('gives every token its weight as gradient, and masked places none', () => {
    const others = tokens();
    const slopes = tf.grad((x: tf.Tensor) =>
      tf.sum(
        pairLogProbs({ ...others, chosenLogProbs: tf.reshape(x, [3, 4]) }, { lengthDesensitization: 0.25 })
          .chosenLogProbs,
      ),
    )(others.chosenLogProbs);
    expect(slopes.arraySync()).toEqual([
      [0, 1, 0.25, 0.25],
      [1, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
  });

  it('refuses what does not fit', () => {
    expect(() => pairLogProbs({ ...tokens(), chosenMask: tf.ones([3, 3]) })).toThrow(ShapeError);
    expect(() => pairLogProbs({ ...tokens(), referenceChosenLogProbs: tf.tensor1d([1, 1]) })).toThrow(ShapeError);
    expect(() =>
      pairLogProbs({ ...tokens(), rejectedLogProbs: tf.ones([2, 2]), rejectedMask: tf.ones([2, 2]) }),
    ).toThrow(ShapeError);
    expect(() => pairLogProbs(tokens(), { lengthDesensitization: 1.5 })).toThrow(RangeError);
    expect(() => sequenceLogProbs(tf.ones([1, 2]), tf.ones([2, 1]))).toThrow(ShapeError);
  });

  it('averages, with 0 for a completion without tokens', () => {
    const { chosenLogProbs, chosenMask } = tokens();
    expect(sequenceLogProbs(chosenLogProbs, chosenMask, 'mean').arraySync()).toEqual([
      expect.closeTo(-7 / 3, 5),
      -8,
      0,
    ]);
  });

  it('weighs pairs by their average probabilities, as constants', () => {
    const mask = tf.tensor2d([[1, 1, 0]]);
    const chosen = { logProbs: tf.tensor2d([[-1, -3, nan]]), mask };
    const rejected = { logProbs: tf.tensor2d([[-1, -1, nan]]), mask };
    expect(wpoPairWeights(chosen, rejected).arraySync()).toEqual([expect.closeTo(Math.exp(-3), 6)]);
    const squaredProbabilities = tf.tensor2d([[0.5, 0.5, nan]]);
    const aligned = wpoPairWeights({ ...chosen, squaredProbabilities }, { ...rejected, squaredProbabilities });
    expect(aligned.arraySync()).toEqual([expect.closeTo(4 * Math.exp(-3), 6)]);
    expect(wpoPairWeights({ logProbs: tf.fill([1, 3], -1e4), mask }, rejected).arraySync()).toEqual([0]);
  });

  it('leaves no tensor behind', () => {
    const given = tokens();
    const before = tf.memory().numTensors;
    tf.dispose(Object.values(pairLogProbs(given, { lengthDesensitization: 0.5 })));
    wpoPairWeights(
      { logProbs: given.chosenLogProbs, mask: given.chosenMask },
      { logProbs: given.rejectedLogProbs, mask: given.rejectedMask },
    ).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
