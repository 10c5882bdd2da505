import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import { clipInside, evenMaximum, evenMinimum } from './ties.ts';

describeBackends('gradients at ties', () => {
  const a = () => tf.tensor1d([1, 2, 3]);
  const b = () => tf.tensor1d([2, 2, 2]);

  it('the larger and the smaller of two share their gradient in halves where they are equal', () => {
    expect(evenMaximum(a(), b()).arraySync()).toEqual([2, 2, 3]);
    expect(evenMinimum(a(), b()).arraySync()).toEqual([1, 2, 2]);
    const slopes = (f: typeof evenMaximum) =>
      tf
        .grads(f)([a(), b()])
        .map((slope) => slope.arraySync());
    expect(slopes(evenMaximum)).toEqual([
      [0, 0.5, 1],
      [1, 0.5, 0],
    ]);
    expect(slopes(evenMinimum)).toEqual([
      [1, 0.5, 0],
      [0, 0.5, 1],
    ]);
  });

  it('an infinite gradient stays with the side that was chosen', () => {
    const infinite = tf.fill([3], Number.POSITIVE_INFINITY);
    const slope = tf
      .grad((x) => evenMaximum(x, b()))(a(), infinite)
      .arraySync();
    expect(slope).toEqual([0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });

  it('a clipped value has a gradient inside its bounds, and none on them', () => {
    const values = tf.tensor1d([-2, -1, 0, 1, 2]);
    expect(clipInside(values, -1, 1).arraySync()).toEqual([-1, -1, 0, 1, 1]);
    expect(
      tf
        .grad((x) => clipInside(x, -1, 1))(values)
        .arraySync(),
    ).toEqual([0, 0, 1, 0, 0]);
  });

  it('leaves no tensor behind', () => {
    const [x, y] = [a(), b()];
    const before = tf.memory().numTensors;
    tf.dispose([evenMaximum(x, y), clipInside(x, 0, 2), ...tf.grads(evenMinimum)([x, y])]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
