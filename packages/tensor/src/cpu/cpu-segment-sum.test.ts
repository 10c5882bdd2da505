import { expect, it } from 'vitest';
import { selectBackend } from '../backend/select-backend.ts';
import { expectNoLeaks } from '../testing/expect-no-leaks.ts';
import { expectTensorClose } from '../testing/expect-tensor-close.ts';
import { tf } from '../tf.ts';

it('adds rows to the segments they name and drops those that name none', async () => {
  await selectBackend({ backend: 'cpu' });
  const [rows, ids] = [
    tf.tensor2d([
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ]),
    tf.tensor1d([2, 0, 2, -1], 'int32'),
  ];
  const sum = tf.unsortedSegmentSum(rows, ids, 3);
  await expectTensorClose(sum, [
    [3, 4],
    [0, 0],
    [6, 8],
  ]);
  await expectNoLeaks(() => tf.unsortedSegmentSum(rows, ids, 3));
  const beyond = tf.unsortedSegmentSum(rows, tf.tensor1d([9, 1, 9, 9], 'int32'), 2);
  await expectTensorClose(beyond, [
    [0, 0],
    [3, 4],
  ]);
  const none = tf.unsortedSegmentSum(tf.zeros([0, 2]), tf.tensor1d([], 'int32'), 2);
  await expectTensorClose(none, [
    [0, 0],
    [0, 0],
  ]);
  expect(sum.dtype).toBe('float32');
  tf.dispose([rows, ids, sum, beyond, none]);
});
