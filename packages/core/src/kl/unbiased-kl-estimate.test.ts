import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { klEstimate } from './kl-estimate.ts';
import { type UnbiasedKlOptions, unbiasedKlEstimate } from './unbiased-kl-estimate.ts';

const near = (values: readonly number[]): unknown[] => values.map((value): unknown => expect.closeTo(value, 5));

describeBackends('unbiasedKlEstimate', () => {
  // ρ = 2 with d = ln 2, so k3 = 2 − ln 2 − 1; the second token is masked.
  const inputs = () => ({
    logProbs: tf.tensor2d([[-1, Number.NaN]]),
    oldLogProbs: tf.tensor2d([[-1 - Math.LN2, 0]]),
    referenceLogProbs: tf.tensor2d([[-1 + Math.LN2, 0]]),
    mask: tf.tensor2d([[1, 0]]),
  });
  const gradient = (options?: UnbiasedKlOptions) =>
    tf.grad((x) => unbiasedKlEstimate({ ...inputs(), logProbs: x as tf.Tensor2D }, options))(inputs().logProbs);
  const k3 = 1 - Math.LN2;

  it('is the ratio times k3, 0 at masked places', () => {
    expect(unbiasedKlEstimate(inputs()).arraySync()).toEqual([near([2 * k3, 0])]);
  });

  it('has the gradient of both factors', () => {
    // ρ·k3 + ρ·(1 − e^d)
    expect(gradient().arraySync()).toEqual([near([2 * k3 + 2 * (1 - 2), 0])]);
  });

  it('without old log-probs has ratio 1 and its score-function gradient', () => {
    const { oldLogProbs: _, ...onPolicy } = inputs();
    expect(unbiasedKlEstimate(onPolicy).arraySync()).toEqual([near([k3, 0])]);
    const slope = tf.grad((x) => unbiasedKlEstimate({ ...onPolicy, logProbs: x as tf.Tensor2D }))(onPolicy.logProbs);
    expect(slope.arraySync()).toEqual([near([k3 + (1 - 2), 0])]);
  });

  it('multiplies before the output clamp, and has no gradient where a clamp holds', () => {
    expect(unbiasedKlEstimate(inputs(), { outputClamp: 0.5 }).arraySync()).toEqual([near([0.5, 0])]);
    expect(gradient({ outputClamp: 0.5 }).arraySync()).toEqual([near([0, 0])]);
    // NeMo-RL: where the input clamp holds the ratio is a constant as well.
    expect(gradient({ inputClamp: 0.5 }).arraySync()).toEqual([near([0, 0])]);
  });

  it('refuses shapes that differ and two gradients at once', () => {
    expect(() => unbiasedKlEstimate({ ...inputs(), mask: tf.ones([1, 3]) })).toThrow(ShapeError);
    const { logProbs, referenceLogProbs, oldLogProbs } = inputs();
    const both = { gradient: 'k2', importanceRatio: oldLogProbs } as const;
    expect(() => klEstimate(logProbs, referenceLogProbs, both)).toThrow(RangeError);
  });

  it('leaves no tensor behind', () => {
    const given = inputs();
    const before = tf.memory().numTensors;
    unbiasedKlEstimate(given).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
