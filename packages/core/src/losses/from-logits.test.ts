import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { entropyFromLogits } from './entropy-from-logits.ts';
import { logProbsFromLogits } from './log-probs-from-logits.ts';
import { smoothedCrossEntropy } from './smoothed-cross-entropy.ts';
import { squaredProbabilitySum } from './squared-probability-sum.ts';

const log = (...probabilities: number[]) => probabilities.map((probability) => Math.log(probability));
const near = (values: readonly number[]): unknown[] => values.map((value): unknown => expect.closeTo(value, 5));

describeBackends('from logits', () => {
  const labels = (...ids: number[]) => tf.tensor1d(ids, 'int32');

  describe('logProbsFromLogits', () => {
    it('is the log of the softmax at the label', () => {
      const logits = tf.tensor2d([log(0.5, 0.25, 0.25), log(0.1, 0.2, 0.7)]);
      expect(logProbsFromLogits(logits, labels(1, 2)).arraySync()).toEqual(near(log(0.25, 0.7)));
    });

    it('has the gradient one-hot − softmax', () => {
      const logits = tf.tensor2d([log(0.5, 0.25, 0.25), log(0.1, 0.2, 0.7)]);
      const gradient = tf.grad((x: tf.Tensor) => tf.mul(logProbsFromLogits(x, labels(1, 2)), tf.tensor1d([1, 2])))(
        logits,
      );
      const [first, second] = gradient.arraySync() as number[][];
      expect(first).toEqual(near([-0.5, 0.75, -0.25]));
      expect(second).toEqual(near([-0.2, -0.4, 0.6]));
    });

    it('divides by the temperature, in value and gradient', () => {
      const logits = tf.tensor2d([[0, 2 * Math.log(3)]]);
      expect(logProbsFromLogits(logits, labels(1), { temperature: 2 }).arraySync()).toEqual(near(log(0.75)));
      const gradient = tf.grad((x: tf.Tensor) => logProbsFromLogits(x, labels(1), { temperature: 2 }))(logits);
      // (one-hot − softmax) / temperature, with softmax [0.25, 0.75]
      expect((gradient.arraySync() as number[][])[0]).toEqual(near([-0.125, 0.125]));
    });

    it('is as exact for logits far from 0 with a temperature as without', () => {
      // the difference of the logits is 1/1024, over 0.1
      const logits = tf.tensor2d([[10000, 10000 + 1 / 1024]]);
      const [logProb] = logProbsFromLogits(logits, labels(0), { temperature: 0.1 }).arraySync() as number[];
      expect(logProb).toBeCloseTo(-Math.log(1 + Math.exp(10 / 1024)), 6);
    });

    it.each([1000, -1000, 1e30])('does not change when all logits shift by %d', (offset) => {
      const logits = tf.tensor2d([[offset, offset, offset]]);
      expect(logProbsFromLogits(logits, labels(2)).arraySync()).toEqual(near([-Math.log(3)]));
    });

    it('keeps the shape of the labels', () => {
      const logits = tf.zeros([2, 3, 4]);
      expect(logProbsFromLogits(logits, tf.zeros([2, 3], 'int32')).shape).toEqual([2, 3]);
    });

    it('refuses labels that do not fit and a temperature of 0', () => {
      expect(() => logProbsFromLogits(tf.zeros([2, 3]), labels(1))).toThrow(ShapeError);
      expect(() => logProbsFromLogits(tf.zeros([2, 3]), tf.zeros([2, 3], 'int32'))).toThrow(ShapeError);
      expect(() => logProbsFromLogits(tf.zeros([1, 3]), labels(1), { temperature: 0 })).toThrow(RangeError);
    });
  });

  describe('entropyFromLogits', () => {
    it('is ln V for even logits and 0 for a certain token', () => {
      const logits = tf.tensor2d([
        [7, 7, 7, 7],
        [500, 0, 0, 0],
      ]);
      expect(entropyFromLogits(logits).arraySync()).toEqual(near([Math.log(4), 0]));
    });

    it('counts a logit of −Infinity as probability 0', () => {
      const logits = tf.tensor2d([[0, 0, Number.NEGATIVE_INFINITY]]);
      expect(entropyFromLogits(logits).arraySync()).toEqual(near([Math.LN2]));
      const gradient = tf
        .grad((x: tf.Tensor) => entropyFromLogits(x))(logits)
        .arraySync() as number[][];
      expect(gradient[0]).toEqual(near([0, 0, 0]));
    });

    it('has the gradient −p·(log p + H)', () => {
      const entropy = -(0.25 * Math.log(0.25) + 0.75 * Math.log(0.75));
      const gradient = tf.grad((x: tf.Tensor) => entropyFromLogits(x, { temperature: 2 }))(
        tf.tensor1d(log(0.0625, 0.5625)),
      );
      const expected = [0.25, 0.75].map((p) => (-p * (Math.log(p) + entropy)) / 2);
      expect(gradient.arraySync()).toEqual(near(expected));
    });

    it('does not change when all logits shift by 1000', () => {
      const plain = entropyFromLogits(tf.tensor1d([0, 1, 2])).arraySync();
      expect(entropyFromLogits(tf.tensor1d([1000, 1001, 1002])).arraySync()).toBeCloseTo(plain as number, 6);
    });

    it('refuses a scalar', () => {
      expect(() => entropyFromLogits(tf.scalar(1))).toThrow(ShapeError);
    });
  });

  it('squaredProbabilitySum is the chance of two equal samples', () => {
    expect(squaredProbabilitySum(tf.tensor2d([log(0.5, 0.5), log(0.1, 0.9)])).arraySync()).toEqual(near([0.5, 0.82]));
    expect(squaredProbabilitySum(tf.tensor1d([1000, 1000])).arraySync()).toBeCloseTo(0.5, 6);
    expect(() => squaredProbabilitySum(tf.scalar(1))).toThrow(ShapeError);
  });

  describe('smoothedCrossEntropy', () => {
    it('mixes the label with the whole vocabulary', () => {
      const logits = tf.tensor2d([log(0.5, 0.25, 0.25)]);
      const evenly = -(Math.log(0.5) + 2 * Math.log(0.25)) / 3;
      expect(smoothedCrossEntropy(logits, labels(0), 0.1).arraySync()).toEqual(near([0.9 * Math.LN2 + 0.1 * evenly]));
      expect(smoothedCrossEntropy(logits, labels(0), 0).arraySync()).toEqual(near([Math.LN2]));
    });

    it('refuses an epsilon outside 0 to 1', () => {
      expect(() => smoothedCrossEntropy(tf.zeros([1, 3]), labels(0), 1.5)).toThrow(RangeError);
    });
  });

  it('leaves no tensor behind, also after a backward pass', () => {
    const [logits, ids] = [tf.ones([2, 3]), labels(0, 1)];
    const before = tf.memory().numTensors;
    tf.dispose([
      logProbsFromLogits(logits, ids),
      entropyFromLogits(logits),
      squaredProbabilitySum(logits),
      smoothedCrossEntropy(logits, ids, 0.1),
      tf.grad((x: tf.Tensor) => tf.add(logProbsFromLogits(x, ids), entropyFromLogits(x)))(logits),
    ]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
