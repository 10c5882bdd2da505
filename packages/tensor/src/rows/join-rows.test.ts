import { describe, expect, it } from 'vitest';
import { describeBackends } from '../testing/describe-backends.ts';
import { expectNoLeaks } from '../testing/expect-no-leaks.ts';
import { expectTensorClose } from '../testing/expect-tensor-close.ts';
import { peakBytes } from '../testing/peak-bytes.ts';
import { tf } from '../tf.ts';
import { joinRows } from './join-rows.ts';

describeBackends('joinRows', () => {
  const filled = (shape: number[], value: number) => () => tf.add(tf.zeros(shape), value);

  it('is the concatenation of its pieces', async () => {
    const run = () => joinRows([4, 2], [filled([1, 2], 1), filled([0, 2], 9), filled([2, 2], 2), filled([1, 2], 3)]);
    const joined = run();
    await expectTensorClose(joined, [
      [1, 1],
      [2, 2],
      [2, 2],
      [3, 3],
    ]);
    joined.dispose();
    await expectNoLeaks(run);
  });

  it('takes one piece, none, and rows without entries', async () => {
    await expectTensorClose(joinRows([2], [filled([2], 5)]), [5, 5]);
    expect(joinRows([0, 3], []).shape).toEqual([0, 3]);
    expect(joinRows([2, 0], [filled([1, 0], 1), filled([1, 0], 1)]).shape).toEqual([2, 0]);
  });

  it('holds the result and one piece at a time', () => {
    const rows = 64;
    const pieces = Array.from({ length: rows }, (_, row) => filled([1, 256], row));
    let joined: tf.Tensor | undefined;
    const peak = peakBytes(() => {
      joined = joinRows([rows, 256], pieces);
    });
    joined?.dispose();
    // A piece, the zeros it is made of, and their sum; places and scalars beside them.
    expect(peak).toBeLessThan((rows + 2) * 256 * 4 + 200);
  });

  it('can be differentiated', async () => {
    const gradient = tf.grad((x: tf.Tensor) => joinRows([4], [() => tf.mul(x, 2), () => tf.mul(x, x)]))(
      tf.tensor1d([3, 4]),
    );
    await expectTensorClose(gradient, [8, 10]);
  });

  describe('refuses', () => {
    it.each([
      ['too few rows', [[1, 2]]],
      [
        'too many',
        [
          [2, 2],
          [2, 2],
        ],
      ],
      [
        'rows of another size',
        [
          [1, 2],
          [2, 3],
        ],
      ],
    ])('%s', async (_, shapes) => {
      const run = () =>
        joinRows(
          [3, 2],
          shapes.map((shape) => filled(shape, 1)),
        );
      await expect(expectNoLeaks(run)).rejects.toThrow('joinRows');
    });
  });
});
