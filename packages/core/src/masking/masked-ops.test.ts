import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { maskedMean, maskedSum } from './masked-mean.ts';
import { maskedVariance } from './masked-variance.ts';
import { maskedWhiten } from './masked-whiten.ts';

const nan = Number.NaN;

describeBackends('masked ops', () => {
  const values = () =>
    tf.tensor2d([
      [1, 3, nan],
      [5, 100, 7],
    ]);
  const mask = () =>
    tf.tensor2d([
      [1, 1, 0],
      [1, 0, 1],
    ]);

  it('sum and mean see unmasked places only, NaN elsewhere included', () => {
    expect(maskedSum(values(), mask()).arraySync()).toBe(16);
    expect(maskedMean(values(), mask()).arraySync()).toBeCloseTo(4, 6);
    expect(maskedSum(values(), mask(), -1).arraySync()).toEqual([4, 12]);
    expect(maskedMean(values(), mask(), -1).arraySync()).toEqual([2, 6]);
  });

  it('the mean of nothing is 0', () => {
    expect(maskedMean(values(), tf.zeros([2, 3])).arraySync()).toBe(0);
  });

  it('the gradient is 0 at masked places, also through NaN', () => {
    const gradient = tf.grad((x) => maskedMean(tf.mul(x, x), mask()))(values());
    expect(gradient.arraySync()).toEqual([
      [0.5, 1.5, nan],
      [2.5, 0, 3.5],
    ]);
  });

  it('variance divides by n − 1, or by n with ddof 0', () => {
    // 1, 3, 5, 7 about 4: squares 9 + 1 + 1 + 9
    expect(maskedVariance(values(), mask()).arraySync()).toBeCloseTo(20 / 3, 5);
    expect(maskedVariance(values(), mask(), { ddof: 0 }).arraySync()).toBeCloseTo(5, 5);
  });

  it('the sample variance of one or no value is NaN', () => {
    expect(maskedVariance(tf.tensor1d([5, 6]), tf.tensor1d([1, 0])).arraySync()).toBeNaN();
    expect(maskedVariance(tf.tensor1d([5, 6]), tf.tensor1d([0, 0])).arraySync()).toBeNaN();
  });

  it('whitening gives mean 0 and variance 1, or keeps the mean', () => {
    const x = tf.tensor1d([1, 3, 5, 7]);
    const ones = tf.onesLike(x);
    const whitened = maskedWhiten(x, ones);
    expect(maskedMean(whitened, ones).arraySync()).toBeCloseTo(0, 5);
    expect(maskedVariance(whitened, ones).arraySync()).toBeCloseTo(1, 5);
    expect(maskedMean(maskedWhiten(x, ones, { shiftMean: false }), ones).arraySync()).toBeCloseTo(4, 5);
  });

  it('whitening scales masked places too', () => {
    const whitened = maskedWhiten(tf.tensor1d([0, 2, 9]), tf.tensor1d([1, 1, 0])).arraySync();
    expect(whitened[2]).toBeCloseTo(8 / Math.SQRT2, 4);
  });

  it('refuses shapes that differ', () => {
    const short = tf.ones([2, 2]);
    expect(() => maskedSum(values(), short)).toThrow(ShapeError);
    expect(() => maskedMean(values(), short)).toThrow(ShapeError);
    expect(() => maskedVariance(values(), short)).toThrow(ShapeError);
    expect(() => maskedWhiten(values(), short)).toThrow(ShapeError);
  });

  it('leaves no tensor behind', () => {
    const [x, m] = [values(), mask()];
    const before = tf.memory().numTensors;
    tf.dispose([maskedSum(x, m), maskedMean(x, m, 1), maskedVariance(x, m), maskedWhiten(x, m)]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
