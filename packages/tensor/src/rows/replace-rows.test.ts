import { expect, it } from 'vitest';
import { describeBackends } from '../testing/describe-backends.ts';
import { expectNoLeaks } from '../testing/expect-no-leaks.ts';
import { expectTensorClose } from '../testing/expect-tensor-close.ts';
import { tf } from '../tf.ts';
import { replaceRows } from './replace-rows.ts';

describeBackends('replaceRows', () => {
  const buffer = () => tf.fill<tf.Rank.R2>([4, 2], 1);
  const places = (...values: number[]) => tf.tensor1d(values, 'int32');

  it('puts each row in its place and keeps the others', async () => {
    const replaced = tf.tidy(() =>
      replaceRows(
        buffer(),
        places(3, 1),
        tf.tensor2d([
          [5, 6],
          [7, 8],
        ]),
      ),
    );
    await expectTensorClose(replaced, [
      [1, 1],
      [7, 8],
      [1, 1],
      [5, 6],
    ]);
    replaced.dispose();
  });

  it('keeps runs of neighbouring places apart', async () => {
    const rows = tf.tensor2d([0, 10, 20, 30, 40], [5, 1]);
    const at = places(1, 2, 5, 4, 0);
    const replaced = replaceRows(tf.fill([6, 1], -1), at, rows);
    await expectTensorClose(replaced, [[40], [0], [10], [-1], [30], [20]]);
    tf.dispose([rows, at, replaced]);
  });

  it('moves long rows as short ones', async () => {
    const rows = tf.reshape<tf.Rank.R2>(tf.range(0, 300, 1, 'float32'), [3, 100]);
    const at = places(3, 0, 1);
    const replaced = replaceRows(tf.fill([4, 100], -1), at, rows);
    const values = [...(await replaced.data())];
    expect([values[0], values[100], values[199], values[250], values[399]]).toEqual([100, 200, 299, -1, 99]);
    tf.dispose([rows, at, replaced]);
  });

  it('is seen through what was made of it afterwards, again and again', async () => {
    let target = buffer();
    for (let step = 0; step < 4; step++) {
      const [at, row] = [places(step), tf.tensor2d([[step, -step]])];
      target = replaceRows(target, at, row);
      tf.dispose([at, row]);
    }
    const doubled = tf.mul(tf.reshape(target, [2, 2, 2]), 2);
    await expectTensorClose(doubled, [
      [
        [0, 0],
        [2, -2],
      ],
      [
        [4, -4],
        [6, -6],
      ],
    ]);
    tf.dispose([target, doubled]);
  });

  it('takes no rows, frees nothing else and holds no more than the target', async () => {
    await expectNoLeaks(() => tf.tidy(() => replaceRows(buffer(), places(), tf.zeros([0, 2]))).dispose());
    const [at, row] = [places(2), tf.tensor2d([[1, 2]])];
    await expectNoLeaks(() => replaceRows(buffer(), at, row).dispose());
    tf.dispose([at, row]);
  });

  it('refuses rows that do not fit', () => {
    tf.tidy(() => {
      expect(() => replaceRows(buffer(), places(0), tf.zeros([2, 2]))).toThrow(/replaceRows: \[2, 2\] at 1 places/);
      expect(() => replaceRows(buffer(), places(0), tf.zeros([1, 3]))).toThrow(/replaceRows/);
    });
  });
});
