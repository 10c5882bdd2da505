import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { supervisedLoss } from './supervised-loss.ts';

describeBackends('supervisedLoss', () => {
  const logProbs = () => tf.tensor2d([[Math.log(0.5), Math.log(0.25), -9]]);
  const mask = () => tf.tensor2d([[1, 1, 0]]);

  it('is the mean negative log-prob of trained tokens', () => {
    expect(supervisedLoss(logProbs(), mask()).arraySync()).toBeCloseTo((3 * Math.LN2) / 2, 6);
  });

  it('divides by the tokens of the whole batch where they are given', () => {
    expect(supervisedLoss(logProbs(), mask(), { tokenCount: 6 }).arraySync()).toBeCloseTo(Math.LN2 / 2, 6);
  });

  it('dft weighs each token by its own probability, without a gradient through the weight', () => {
    const loss = (x: tf.Tensor) => supervisedLoss(x as tf.Tensor2D, mask(), { kind: 'dft' });
    expect(loss(logProbs()).arraySync()).toBeCloseTo((0.5 * Math.LN2 + 0.25 * 2 * Math.LN2) / 2, 6);
    const [slopes] = tf.grad(loss)(logProbs()).arraySync() as number[][];
    expect(slopes).toEqual([-0.25, -0.125, 0].map((slope): unknown => expect.closeTo(slope, 6)));
  });

  it('is 0 for an empty batch of given count', () => {
    expect(supervisedLoss(logProbs(), tf.zeros([1, 3]), { tokenCount: 4 }).arraySync()).toBe(0);
  });

  it('refuses shapes that differ', () => {
    expect(() => supervisedLoss(logProbs(), tf.ones([1, 2]))).toThrow(ShapeError);
  });
});
