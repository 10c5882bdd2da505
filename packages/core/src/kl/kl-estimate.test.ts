import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { type KlEstimateOptions, type KlEstimator, klEstimate } from './kl-estimate.ts';

const estimators: readonly KlEstimator[] = ['k1', 'abs', 'k2', 'k3'];

describeBackends('klEstimate', () => {
  const estimate = (reference: readonly number[], options: KlEstimateOptions) =>
    klEstimate(tf.fill<tf.Rank.R1>([reference.length], -1), tf.tensor1d([...reference]), options).arraySync();
  const gradient = (reference: readonly number[], options: KlEstimateOptions) =>
    tf
      .grad((x) => klEstimate(x, tf.tensor1d([...reference]), options))(tf.fill<tf.Rank.R1>([reference.length], -1))
      .arraySync();
  const near = (values: readonly number[]): unknown[] => values.map((value): unknown => expect.closeTo(value, 4));

  it('computes each estimator of log-probs −1 against 0, −15, −30', () => {
    expect(estimate([0, -15, -30], { estimator: 'k1' })).toEqual([-1, 14, 29]);
    expect(estimate([0, -15, -30], { estimator: 'abs' })).toEqual([1, 14, 29]);
    expect(estimate([0, -15, -30], { estimator: 'k2' })).toEqual([0.5, 98, 420.5]);
    expect(estimate([0, -15, -30], { estimator: 'k3', inputClamp: null, outputClamp: null })).toEqual(
      near([Math.E - 2, 13, 28]),
    );
  });

  it('k3 is the default and is clamped at 20 before and 10 after', () => {
    expect(estimate([0, -15, -30], {})).toEqual(near([Math.E - 2, 10, 10]));
    expect(estimate([-31], { outputClamp: null })).toEqual(near([19]));
  });

  it('clamps any estimator that is asked for', () => {
    expect(estimate([-31, 0], { estimator: 'k1', outputClamp: 10 })).toEqual([10, -1]);
    expect(estimate([-31], { estimator: 'k2', inputClamp: 2 })).toEqual([2]);
  });

  it('has the gradient of its formula, and none where a clamp holds', () => {
    const reference = [-1.5, -0.5];
    expect(gradient(reference, { estimator: 'k1' })).toEqual([1, 1]);
    expect(gradient(reference, { estimator: 'abs' })).toEqual([1, -1]);
    expect(gradient(reference, { estimator: 'k2' })).toEqual([0.5, -0.5]);
    expect(gradient(reference, { estimator: 'k3' })).toEqual(near([1 - Math.exp(-0.5), 1 - Math.exp(0.5)]));
    expect(gradient([-30, 9], { estimator: 'k3' })).toEqual(near([0, 0]));
  });

  it.each(estimators)('%s has no gradient where policy and reference agree, but for k1', (estimator) => {
    expect(gradient([-1], { estimator })).toEqual(near([estimator === 'k1' ? 1 : 0]));
  });

  it.each(estimators)('%s with the gradient of k2 keeps its value', (estimator) => {
    const reference = [-1.5, -0.25, -1];
    expect(estimate(reference, { estimator, gradient: 'k2' })).toEqual(near(estimate(reference, { estimator })));
    expect(gradient(reference, { estimator, gradient: 'k2' })).toEqual(near([0.5, -0.75, 0]));
  });

  it('k2 and k3 are never negative', () => {
    const logProb = fc.float({ min: -40, max: 0, noNaN: true });
    fc.assert(
      fc.property(fc.array(logProb, { minLength: 1, maxLength: 8 }), (reference) => {
        for (const estimator of ['k2', 'k3'] as const) {
          // −1e-6: e^d − d − 1 rounds in float32
          for (const value of estimate(reference, { estimator })) expect(value).toBeGreaterThanOrEqual(-1e-6);
        }
      }),
    );
  });

  it('refuses shapes that differ and unknown estimators', () => {
    expect(() => klEstimate(tf.zeros([2]), tf.zeros([3]))).toThrow(ShapeError);
    expect(() => klEstimate(tf.zeros([2]), tf.zeros([2]), { estimator: 'full' as KlEstimator })).toThrow(RangeError);
  });

  it('is 0 with no gradient at masked places, whatever stands there', () => {
    const given = tf.tensor1d([-1, Number.NaN]);
    const options = { mask: tf.tensor1d([1, 0]) };
    const reference = tf.tensor1d([-1.5, Number.POSITIVE_INFINITY]);
    expect(klEstimate(given, reference, options).arraySync()).toEqual(near([Math.exp(-0.5) - 0.5, 0]));
    const slope = tf.grad((x) => klEstimate(x, reference, options))(given);
    expect(slope.arraySync()).toEqual(near([1 - Math.exp(-0.5), 0]));
  });

  it('leaves no tensor behind', () => {
    const [x, y] = [tf.zeros([3]), tf.ones([3])];
    const before = tf.memory().numTensors;
    for (const own of ['own', 'k2'] as const) klEstimate(x, y, { gradient: own }).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
