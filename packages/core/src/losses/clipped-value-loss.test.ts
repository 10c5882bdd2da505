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

  it('is linear beyond the Huber bound, in value and slope (AReaL)', () => {
    // δ = 2: ½·1 within; 2·(5 − 1) = 8 beyond on either side
    const given = inputs([1, 5, -5], [0, 0, 0]);
    const huber = { clipRange: null, huberDelta: 2, aggregation: { mode: 'token-sum' } } as const;
    expect(clippedValueLoss(given, huber).loss.arraySync()).toBeCloseTo(0.5 + 8 + 8, 5);
    const loss = (values: tf.Tensor) => clippedValueLoss({ ...given, values: values as tf.Tensor2D }, huber).loss;
    expect(tf.grad(loss)(given.values).arraySync()).toEqual([[1, 2, -2]]);
  });

  it('takes its weight as an option (slime: 1) and no clip', () => {
    const plain = { clipRange: null, scale: 1, aggregation: { mode: 'token-mean' } } as const;
    const { loss, metrics } = clippedValueLoss(inputs([3], [0]), plain);
    expect([loss.arraySync(), metrics.clipFraction.arraySync()]).toEqual([9, 0]);
  });

  it('never reads masked places, in value or gradient', () => {
    const given = inputs([1, Number.NaN], [1, Number.NaN], [1, 0]);
    const loss = (values: tf.Tensor) => clippedValueLoss({ ...given, values: values as tf.Tensor2D }, options).loss;
    expect(loss(given.values).arraySync()).toBeCloseTo(0.5, 6);
    expect(tf.grad(loss)(given.values).arraySync()).toEqual([[1, 0]]);
  });

  it('leaves three quarters of the gradient on a bound, as PyTorch does', () => {
    // 1.5 is 1 + 0.5: the branches tie, and in the clipped one value and bound tie
    const given = inputs([1.5, 0.5], [1, 1]);
    const loss = (values: tf.Tensor) => clippedValueLoss({ ...given, values: values as tf.Tensor2D }, options).loss;
    expect(tf.grad(loss)(given.values).arraySync()).toEqual([[0.5625, 0.1875]]);
  });

  it('takes a clip range of 0, which holds the clipped branch at the old value', () => {
    const { loss, metrics } = clippedValueLoss(inputs([1, 3], [2, 2]), { ...options, clipRange: 0 });
    expect([loss.arraySync(), metrics.clipFraction.arraySync()]).toEqual([(4 + 9) / 4, 0.5]);
  });

  it('refuses a negative clip range and a Huber bound that is not positive', () => {
    expect(() => clippedValueLoss(inputs([1], [1]), { ...options, clipRange: -1 })).toThrow(RangeError);
    expect(() => clippedValueLoss(inputs([1], [1]), { ...options, huberDelta: -1 })).toThrow('huberDelta');
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
