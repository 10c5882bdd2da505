import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { clippedValueLoss } from './clipped-value-loss.ts';

const options = { clipRange: 0.5, aggregation: { mode: 'token-mean' } } as const;

describeBackends('clippedValueLoss', () => {
  const inputs = (values: readonly number[], oldValues: readonly number[], mask = values.map(() => 1)) => ({
    values: tf.tensor2d([[...values]]),
    oldValues: tf.tensor2d([[...oldValues]]),
    returns: tf.zeros<tf.Rank.R2>([1, values.length]),
    mask: tf.tensor2d([mask]),
  });

  it('takes the larger of the plain and the clipped square, halved', () => {
    // within the clip ½·1; 2 clipped to 0.5, the plain square is larger; 1 clipped to 2.5 is larger
    const { loss, metrics } = clippedValueLoss(inputs([1, 2, 1], [1, 0, 3]), options);
    expect(loss.arraySync()).toBeCloseTo((1 + 4 + 6.25) / 2 / 3, 5);
    expect(metrics.clipFraction.arraySync()).toBeCloseTo(1 / 3, 6);
  });

  it('has no gradient where the clipped square is the larger', () => {
    const given = inputs([1, 2, 1, 7], [1, 0, 3, 7], [1, 1, 1, 0]);
    const loss = (values: tf.Tensor) => clippedValueLoss({ ...given, values: values as tf.Tensor2D }, options).loss;
    expect(tf.grad(loss)(given.values).arraySync()).toEqual([
      [1 / 3, 2 / 3, 0, 0].map((slope): unknown => expect.closeTo(slope, 6)),
    ]);
  });

  it('refuses shapes that differ and leaves no tensor behind', () => {
    const given = inputs([1, 2], [1, 2]);
    expect(() => clippedValueLoss({ ...given, returns: tf.zeros([1, 3]) }, options)).toThrow(ShapeError);
    const before = tf.memory().numTensors;
    const { loss, metrics } = clippedValueLoss(given, options);
    tf.dispose([loss, metrics.clipFraction]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
