import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { importanceRatio } from './importance-ratio.ts';

const near = (rows: readonly (readonly number[])[]): unknown[][] =>
  rows.map((row) => row.map((value): unknown => expect.closeTo(value, 5)));

describeBackends('importanceRatio', () => {
  // Ratios 2 and 8 of a sequence with a masked third token, and a sequence without tokens.
  const inputs = () => ({
    logProbs: tf.tensor2d([
      [Math.log(2), Math.log(8), Number.NaN],
      [5, 5, 5],
    ]),
    oldLogProbs: tf.zeros<tf.Rank.R2>([2, 3]),
    mask: tf.tensor2d([
      [1, 1, 0],
      [0, 0, 0],
    ]),
  });

  it('is exp of the log-prob difference per token, and 1 at masked places', () => {
    const { ratio, logRatio } = importanceRatio(inputs());
    expect(ratio.arraySync()).toEqual(
      near([
        [2, 8, 1],
        [1, 1, 1],
      ]),
    );
    expect(logRatio.arraySync()).toEqual(
      near([
        [Math.log(2), Math.log(8), 0],
        [0, 0, 0],
      ]),
    );
  });

  it('is the geometric mean per sequence, and 1 for a sequence without tokens', () => {
    const { ratio } = importanceRatio(inputs(), { ratioLevel: 'sequence' });
    expect(ratio.arraySync()).toEqual(
      near([
        [4, 4, 4],
        [1, 1, 1],
      ]),
    );
  });

  it('clamps the log ratio, at sequence level the mean', () => {
    const clamp = { logRatioClamp: Math.log(3) };
    expect(importanceRatio(inputs(), clamp).ratio.arraySync()).toEqual(
      near([
        [2, 3, 1],
        [1, 1, 1],
      ]),
    );
    const sequence = importanceRatio(inputs(), { ...clamp, ratioLevel: 'sequence' }).ratio;
    expect(sequence.arraySync()).toEqual(
      near([
        [3, 3, 3],
        [1, 1, 1],
      ]),
    );
  });

  it('shares the gradient of a sequence ratio among its tokens', () => {
    const given = inputs();
    const first = (logProbs: tf.Tensor) =>
      tf.slice(
        importanceRatio({ ...given, logProbs: logProbs as tf.Tensor2D }, { ratioLevel: 'sequence' }).ratio,
        [0, 0],
        [1, 1],
      );
    expect(tf.grad(first)(given.logProbs).arraySync()).toEqual(
      near([
        [2, 2, 0],
        [0, 0, 0],
      ]),
    );
  });

  it('refuses shapes that differ', () => {
    expect(() => importanceRatio({ ...inputs(), mask: tf.ones([2, 2]) })).toThrow(ShapeError);
  });
});
