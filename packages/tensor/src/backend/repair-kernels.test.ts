import { expect, it } from 'vitest';
import { describeBackends } from '../testing/describe-backends.ts';
import { expectTensorClose } from '../testing/expect-tensor-close.ts';
import { tf } from '../tf.ts';

describeBackends('axes counted from the end', () => {
  const x = (): tf.Tensor =>
    tf.tensor3d([
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    ]);

  it('are those counted from the front, in cumulative sums and products', async () => {
    await expectTensorClose(tf.cumsum(x(), -1), [
      [
        [1, 3],
        [3, 7],
        [5, 11],
      ],
    ]);
    await expectTensorClose(tf.cumprod(x(), -2, false, true), [
      [
        [15, 48],
        [15, 24],
        [5, 6],
      ],
    ]);
    await expectTensorClose(tf.cumsum(x(), -3), await x().array());
  });

  it('and in choices of rows', async () => {
    const picks = tf.tensor1d([2, 0], 'int32');
    await expectTensorClose(tf.gather(x(), picks, -2), [
      [
        [5, 6],
        [1, 2],
      ],
    ]);
    await expectTensorClose(tf.gather(x(), tf.tensor1d([1], 'int32'), -1), [[[2], [4], [6]]]);
  });
});

describeBackends('kernels', () => {
  it('multiply matrices of batches that broadcast', async () => {
    const a = tf.tensor4d([1, 2, 3, 4], [2, 2, 1, 1]);
    await expectTensorClose(tf.matMul(a, tf.tensor4d([10, 100], [2, 1, 1, 1])), [
      [[[10]], [[20]]],
      [[[300]], [[400]]],
    ]);
    await expectTensorClose(tf.matMul(tf.tensor3d([10, 100], [2, 1, 1]), a), [
      [[[10]], [[200]]],
      [[[30]], [[400]]],
    ]);
  });

  it('have a slope for each row', async () => {
    const x = tf.tensor2d([
      [-1, -2],
      [-3, 4],
    ]);
    await expectTensorClose(tf.prelu(x, tf.tensor2d([[0.5], [0.1]])), [
      [-0.5, -1],
      [-0.3, 4],
    ]);
  });

  it('take the exponential of whole numbers, and leave them', async () => {
    const x = tf.tensor1d([0, 1], 'int32');
    await expectTensorClose(tf.exp(x), [1, Math.E]);
    expect(x.isDisposed).toBe(false);
  });
});
