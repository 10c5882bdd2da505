import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { klFromLogits } from './kl-from-logits.ts';

const ln = Math.log;
const near = (values: readonly number[]): unknown[] => values.map((value): unknown => expect.closeTo(value, 5));

describeBackends('klFromLogits', () => {
  // π = (3/4, 1/4) against π_ref = (1/2, 1/2).
  const logits = () => tf.tensor2d([[ln(3), 0]]);
  const even = () => tf.zeros<tf.Rank.R2>([1, 2]);
  const reverse = 0.75 * ln(1.5) + 0.25 * ln(0.5);
  const forward = 0.5 * ln(0.5 / 0.75) + 0.5 * ln(0.5 / 0.25);

  it('sums over the vocabulary in either direction', () => {
    expect(klFromLogits(logits(), even()).arraySync()).toEqual(near([reverse]));
    expect(klFromLogits(logits(), even(), { direction: 'forward' }).arraySync()).toEqual(near([forward]));
  });

  it('has the gradient of each direction', () => {
    const gradient = (direction: 'reverse' | 'forward') =>
      tf
        .grad((x) => klFromLogits(x, even(), { direction }))(logits())
        .arraySync();
    const slope = 0.75 * (ln(1.5) - reverse);
    expect(gradient('reverse')).toEqual([near([slope, -slope])]);
    expect(gradient('forward')).toEqual([near([0.25, -0.25])]);
  });

  it('divides both logits by the temperature', () => {
    const doubled = tf.mul<tf.Tensor2D>(logits(), 2);
    const reference = tf.tensor2d([[0, 2]]);
    const cold = klFromLogits(doubled, reference, { temperature: 2 }).arraySync();
    expect(cold).toEqual(near(klFromLogits(logits(), tf.tensor2d([[0, 1]])).arraySync() as number[]));
    const warm = tf.grad((x) => klFromLogits(x, reference, { temperature: 2 }))(doubled);
    const plain = tf.grad((x) => klFromLogits(x, tf.tensor2d([[0, 1]])))(logits());
    expect(warm.arraySync()).toEqual([near((plain.arraySync() as number[][])[0]?.map((value) => value / 2) ?? [])]);
  });

  it.each([1, 2, 5])('gives the same in chunks of %i rows', (chunkRows) => {
    const x = tf.randomNormal([2, 3, 4], 0, 3, 'float32', 1);
    const y = tf.randomNormal([2, 3, 4], 0, 3, 'float32', 2);
    const whole = klFromLogits(x, y);
    expect(whole.shape).toEqual([2, 3]);
    const parts = klFromLogits(x, y, { chunkRows });
    expect(tf.max(tf.abs(tf.sub(whole, parts))).arraySync()).toBeLessThan(1e-5);
    const slope = (options: object) => tf.grad((z: tf.Tensor) => klFromLogits(z, y, options))(x);
    expect(tf.max(tf.abs(tf.sub(slope({}), slope({ chunkRows })))).arraySync()).toBeLessThan(1e-5);
  });

  it('is 0 for equal policies, with no gradient', () => {
    const x = tf.tensor2d([[1e4, -1e4, 3]]);
    expect(klFromLogits(x, x).arraySync()).toEqual([0]);
    expect(
      tf
        .grad((z) => klFromLogits(z, x))(x)
        .arraySync(),
    ).toEqual([near([0, 0, 0])]);
  });

  it('counts a token that neither policy can give as nothing', () => {
    const cut = (rows: number[]) => tf.tensor2d([[...rows, Number.NEGATIVE_INFINITY]]);
    const gradient = tf.grad((z) => klFromLogits(z, cut([0, 0])))(cut([ln(3), 0]));
    expect(klFromLogits(cut([ln(3), 0]), cut([0, 0])).arraySync()).toEqual(near([reverse]));
    expect((gradient.arraySync() as number[][])[0]?.[2]).toBeCloseTo(0, 12);
  });

  it('is finite and not negative for logits up to 1e4', () => {
    const row = fc.array(fc.double({ min: -1e4, max: 1e4, noNaN: true }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(row, row, fc.constantFrom('reverse', 'forward'), (policy, reference, direction) => {
        const { value, grad } = tf.valueAndGrad((z: tf.Tensor) =>
          tf.sum(klFromLogits(z, tf.tensor2d([reference]), { direction: direction as 'reverse' })),
        )(tf.tensor2d([policy]));
        const [kl] = value.dataSync();
        expect(kl).toBeGreaterThanOrEqual(-1e-3);
        for (const slope of [kl, ...grad.dataSync()]) expect(Number.isFinite(slope)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('refuses shapes that differ, scalars and unknown directions', () => {
    expect(() => klFromLogits(tf.zeros([2, 3]), tf.zeros([2, 4]))).toThrow(ShapeError);
    expect(() => klFromLogits(tf.scalar(0), tf.scalar(0))).toThrow(ShapeError);
    expect(() => klFromLogits(logits(), even(), { temperature: 0 })).toThrow(RangeError);
    expect(() => klFromLogits(logits(), even(), { direction: 'both' as 'reverse' })).toThrow(RangeError);
  });

  it('leaves no tensor behind', () => {
    const [x, y] = [logits(), even()];
    const before = tf.memory().numTensors;
    klFromLogits(x, y).dispose();
    tf.grad((z) => klFromLogits(z, y))(x).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
