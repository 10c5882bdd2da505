import { tf, valueAndGradients } from '@rlloom/tensor';
import { describeBackends, peakBytes } from '@rlloom/tensor/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { clippedPolicyLoss } from './clipped-policy-loss.ts';
import { entropyFromLogits } from './entropy-from-logits.ts';
import { logProbsAndEntropiesFromLogits } from './log-probs-and-entropies-from-logits.ts';
import { logProbsFromLogits } from './log-probs-from-logits.ts';
import type { LogitsOptions } from './map-logit-rows.ts';
import { smoothedCrossEntropy } from './smoothed-cross-entropy.ts';
import { squaredProbabilitySum } from './squared-probability-sum.ts';

type Function = (logits: tf.Tensor, labels: tf.Tensor, options: LogitsOptions) => tf.Tensor;

const pick = (values: tf.Tensor, labels: tf.Tensor) =>
  tf.sum(tf.mul(values, tf.oneHot(tf.cast(labels, 'int32'), values.shape.at(-1) as number)), -1);
const entropy = (logProbs: tf.Tensor) => tf.neg(tf.sum(tf.mul(tf.exp(logProbs), logProbs), -1));

/** Each function in chunks, and the plain form that holds the whole vocabulary of every row. */
const functions: Readonly<
  Record<string, readonly [chunked: Function, plain: (z: tf.Tensor, y: tf.Tensor) => tf.Tensor]>
> = {
  logProbsFromLogits: [logProbsFromLogits, (z, y) => pick(tf.logSoftmax(z), y)],
  entropyFromLogits: [(z, _, options) => entropyFromLogits(z, options), (z) => entropy(tf.logSoftmax(z))],
  squaredProbabilitySum: [
    (z, _, options) => squaredProbabilitySum(z, options),
    (z) => tf.sum(tf.square(tf.softmax(z)), -1),
  ],
  'logProbsAndEntropiesFromLogits.logProbs': [
    (z, y, options) => logProbsAndEntropiesFromLogits(z, y, options).logProbs,
    (z, y) => pick(tf.logSoftmax(z), y),
  ],
  'logProbsAndEntropiesFromLogits.entropies': [
    (z, y, options) => logProbsAndEntropiesFromLogits(z, y, options).entropies,
    (z) => entropy(tf.logSoftmax(z)),
  ],
  'both of logProbsAndEntropiesFromLogits': [
    (z, y, options) => {
      const { logProbs, entropies } = logProbsAndEntropiesFromLogits(z, y, options);
      return tf.add(logProbs, tf.mul(entropies, 3));
    },
    (z, y) => tf.add(pick(tf.logSoftmax(z), y), tf.mul(entropy(tf.logSoftmax(z)), 3)),
  ],
};

describeBackends('logits in chunks', () => {
  const logitsOf = (values: readonly number[], vocabulary: number) =>
    tf.tensor2d([...values], [values.length / vocabulary, vocabulary]);
  const weights = (rows: number) => tf.add(tf.range(0, rows), 1);
  const close = (actual: tf.Tensor, expected: tf.Tensor) => {
    const [got, want] = [actual.dataSync(), expected.dataSync()];
    expect(actual.shape).toEqual(expected.shape);
    want.forEach((value, i) =>
      expect(Math.abs((got[i] as number) - value)).toBeLessThan(1e-4 * Math.max(1, Math.abs(value))),
    );
  };

  it.each(Object.entries(functions))(
    '%s is the plain form in value and gradient, for any chunk',
    (_, [chunked, plain]) => {
      const inputs = fc.record({
        rows: fc.array(fc.array(fc.float({ min: -30, max: 30, noNaN: true }), { minLength: 3, maxLength: 3 }), {
          minLength: 1,
          maxLength: 7,
        }),
        chunkRows: fc.integer({ min: 1, max: 9 }),
        temperature: fc.constantFrom(0.5, 1, 3),
      });
      fc.assert(
        fc.property(inputs, ({ rows, chunkRows, temperature }) => {
          tf.tidy(() => {
            const logits = logitsOf(rows.flat(), 3);
            const labels = tf.tensor1d(
              rows.map((__, row) => row % 3),
              'int32',
            );
            const options = { chunkRows, temperature };
            close(chunked(logits, labels, options), plain(tf.div(logits, temperature), labels));
            const slope = (f: (z: tf.Tensor) => tf.Tensor) =>
              tf.grad((z: tf.Tensor) => tf.sum(tf.mul(f(z), weights(rows.length))))(logits);
            close(
              slope((z) => chunked(z, labels, options)),
              slope((z) => plain(tf.div(z, temperature), labels)),
            );
          });
        }),
        { numRuns: 25 },
      );
    },
  );

  it.each([1, 2, 5])('smoothedCrossEntropy has the gradient of its value (%d rows)', (rows) => {
    const logits = tf.reshape(tf.sin(tf.range(0, rows * 4)), [rows, 4]);
    const labels = tf.fill([rows], 2, 'int32');
    const plain = (z: tf.Tensor) => {
      const logProbs = tf.logSoftmax(z);
      return tf.neg(tf.add(tf.mul(pick(logProbs, labels), 0.7), tf.mul(tf.mean(logProbs, -1), 0.3)));
    };
    close(smoothedCrossEntropy(logits, labels, 0.3), plain(logits));
    const slope = (f: (z: tf.Tensor) => tf.Tensor) =>
      tf.grad((z: tf.Tensor) => tf.sum(tf.mul(f(z), weights(rows))))(logits);
    close(
      slope((z) => smoothedCrossEntropy(z, labels, 0.3)),
      slope(plain),
    );
  });

  it.each(Object.entries(functions))('%s gives finite values and gradients for logits up to 1e4', (_, [chunked]) => {
    const logits = tf.tensor2d([
      [1e4, -1e4, 0],
      [-1e4, -1e4, 1e4],
    ]);
    const labels = tf.tensor1d([1, 2], 'int32');
    const all = [
      chunked(logits, labels, { chunkRows: 1 }),
      tf.grad((z: tf.Tensor) => chunked(z, labels, { chunkRows: 1 }))(logits),
    ];
    for (const tensor of all) expect([...tensor.dataSync()].every(Number.isFinite)).toBe(true);
  });

  it('keeps the log-prob of a token whose probability underflows', () => {
    const logits = tf.tensor2d([[500, 0]]);
    const { logProbs, entropies } = logProbsAndEntropiesFromLogits(logits, tf.tensor1d([1], 'int32'));
    expect([logProbs.dataSync()[0], entropies.dataSync()[0]]).toEqual([-500, 0]);
  });

  it('takes a batch without tokens', () => {
    const [logits, labels] = [tf.zeros([2, 0, 5]), tf.zeros([2, 0], 'int32')];
    expect(logProbsFromLogits(logits, labels).shape).toEqual([2, 0]);
    expect(entropyFromLogits(logits).shape).toEqual([2, 0]);
    expect(tf.grad((z: tf.Tensor) => tf.sum(logProbsFromLogits(z, labels)))(logits).shape).toEqual([2, 0, 5]);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses chunkRows %d', (chunkRows) => {
    expect(() => entropyFromLogits(tf.zeros([2, 3]), { chunkRows })).toThrow(RangeError);
  });

  it('logProbsAndEntropiesFromLogits refuses labels that do not fit', () => {
    expect(() => logProbsAndEntropiesFromLogits(tf.zeros([2, 3]), tf.zeros([3], 'int32'))).toThrow(ShapeError);
  });

  describe('memory', () => {
    const [rows, vocabulary, chunkRows] = [256, 2048, 4];
    const copy = rows * vocabulary * 4;
    const chunk = chunkRows * vocabulary * 4;

    const losses: Readonly<Record<string, (logits: tf.Tensor, labels: tf.Tensor) => tf.Scalar>> = {
      'a log-prob': (logits, labels) => tf.mean(logProbsFromLogits(logits, labels, { temperature: 0.9, chunkRows })),
      'an entropy': (logits) => tf.mean(entropyFromLogits(logits, { temperature: 0.9, chunkRows })),
      'a clipped policy loss with an entropy term': (logits, labels) => {
        const both = logProbsAndEntropiesFromLogits(logits, labels, { temperature: 0.9, chunkRows });
        const logProbs = tf.reshape<tf.Rank.R2>(both.logProbs, [8, 32]);
        const { loss } = clippedPolicyLoss(
          { logProbs, oldLogProbs: tf.fill([8, 32], -7), advantages: tf.range(-4, 4), mask: tf.ones([8, 32]) },
          { aggregation: { mode: 'token-mean' } },
        );
        return tf.sub(loss, tf.mul(tf.mean(both.entropies), 0.01));
      },
    };

    it.each(Object.entries(losses))(
      '%s, value and gradient, takes one copy of the logits and some chunks',
      (_, loss) => {
        const logits = tf.sin(tf.reshape(tf.range(0, rows * vocabulary), [rows, vocabulary]));
        const labels = tf.range(0, rows, 1, 'int32');
        const before = tf.memory().numDataBuffers;
        let result: ReturnType<typeof valueAndGradients> | undefined;
        const peak = peakBytes(() => {
          result = valueAndGradients(({ logits: z }) => ({ value: loss(z as tf.Tensor, labels) }), { logits });
        });
        // The gradient itself is the one copy. Per token some dozens of numbers: masks, ratios, metrics.
        expect(peak).toBeGreaterThanOrEqual(copy);
        expect(peak).toBeLessThan(copy + 12 * chunk + rows * 4 * 60);
        tf.dispose([result?.value, result?.gradients] as tf.Tensor[]);
        expect(tf.memory().numDataBuffers).toBe(before);
        tf.dispose([logits, labels]);
      },
    );

    it('is measured by what the plain form takes: several copies', () => {
      const logits = tf.sin(tf.reshape(tf.range(0, rows * vocabulary), [rows, vocabulary]));
      const labels = tf.range(0, rows, 1, 'int32');
      const peak = peakBytes(() => {
        tf.dispose(
          valueAndGradients(
            ({ logits: z }) => ({ value: tf.mean(pick(tf.logSoftmax(tf.div(z as tf.Tensor, 0.9)), labels)) }),
            { logits },
          ).gradients,
        );
      });
      expect(peak).toBeGreaterThan(2.9 * copy);
      tf.dispose([logits, labels]);
    });
  });
});
