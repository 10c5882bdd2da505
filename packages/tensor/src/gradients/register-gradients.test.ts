import { expect, it } from 'vitest';
import { describeBackends, testBackends } from '../testing/describe-backends.ts';
import { expectNoLeaks } from '../testing/expect-no-leaks.ts';
import { expectTensorClose } from '../testing/expect-tensor-close.ts';
import { tf } from '../tf.ts';
import { tensorOf } from '../trees/tensor-of.ts';
import { valueAndGradients } from './value-and-gradients.ts';

/** The gradients of Σ f, one for each input. */
function slopes(f: (...inputs: [tf.Tensor, tf.Tensor]) => tf.Tensor, ...inputs: tf.Tensor[]): tf.Tensor[] {
  const names = inputs.map((_, i) => `input${i}`);
  const sources = Object.fromEntries(inputs.map((input, i) => [`input${i}`, input]));
  const { value, gradients } = valueAndGradients(
    (given) => ({ value: tf.sum(f(...(names.map((name) => given[name]) as [tf.Tensor, tf.Tensor]))) }),
    sources,
  );
  value.dispose();
  return names.map((name) => tensorOf(gradients, name));
}

describeBackends('gradients', (backend) => {
  it('of the larger and the smaller are summed to the shape of what was broadcast; at a bound the value has all', async () => {
    const x = tf.tensor2d([
      [1, 2, 3],
      [4, 2, 0],
    ]);
    const bound = tf.scalar(2);
    const [ofX, ofBound] = slopes(tf.maximum, x, bound) as [tf.Tensor, tf.Tensor];
    await expectTensorClose(ofX, [
      [0, 1, 1],
      [1, 1, 0],
    ]);
    await expectTensorClose(ofBound, 2);
    const [ofSmaller, ofRow] = slopes(tf.minimum, x, tf.tensor1d([2, 2, 2])) as [tf.Tensor, tf.Tensor];
    await expectTensorClose(ofSmaller, [
      [1, 1, 0],
      [0, 1, 1],
    ]);
    await expectTensorClose(ofRow, [1, 0, 1]);
  });

  it('of a squared difference are summed likewise', async () => {
    const [column, number] = slopes(tf.squaredDifference, tf.tensor2d([[1], [4]]), tf.tensor1d([2, 3])) as [
      tf.Tensor,
      tf.Tensor,
    ];
    // 2 · ((1 − 2) + (1 − 3)), 2 · ((4 − 2) + (4 − 3))
    await expectTensorClose(column, [[-6], [6]]);
    await expectTensorClose(number, [-2, 2]);
  });

  it('of the maximum along an axis are shared by those that are equal, as by torch.amax', async () => {
    const x = tf.tensor2d([
      [3, 1, 3, 3],
      [1, 2, 0, 0],
    ]);
    const [ofMax] = slopes((x) => tf.max(x, 1), x) as [tf.Tensor];
    await expectTensorClose(ofMax, [
      [1 / 3, 0, 1 / 3, 1 / 3],
      [0, 1, 0, 0],
    ]);
    const [ofMin] = slopes((x) => tf.min(x, -1, true), x) as [tf.Tensor];
    await expectTensorClose(ofMin, [
      [0, 1, 0, 0],
      [0, 0, 0.5, 0.5],
    ]);
    const [ofAll] = slopes((x) => tf.max(x), x) as [tf.Tensor];
    await expectTensorClose(tf.sum(ofAll), 1);
  });

  it('at kinks and steps are those of PyTorch', async () => {
    const x = tf.tensor1d([-1, 0, 3, 6, 7]);
    const expected: [(x: tf.Tensor) => tf.Tensor, number[]][] = [
      [tf.abs, [-1, 0, 1, 1, 1]],
      [tf.relu, [0, 0, 1, 1, 1]],
      [tf.relu6, [0, 0, 1, 0, 0]],
      [(x) => tf.leakyRelu(x, 0.5), [0.5, 0.5, 1, 1, 1]],
      [tf.floor, [0, 0, 0, 0, 0]],
      [(x) => tf.mul(tf.cast(tf.cast(x, 'int32'), 'float32'), x), [-1, 0, 3, 6, 7]],
      [(x) => tf.mul(tf.cast(tf.cast(x, 'bool'), 'float32'), x), [1, 0, 1, 1, 1]],
      [(x) => tf.add(tf.cast(tf.floorDiv(x, tf.scalar(2)), 'float32'), x), [1, 1, 1, 1, 1]],
      [(x) => tf.pow(x, 0), [0, 0, 0, 0, 0]],
      [(x) => tf.pow(x, 2), [-2, 0, 6, 12, 14]],
    ];
    for (const [f, values] of expected) await expectTensorClose(slopes(f, x)[0] as tf.Tensor, values);
  });

  it('flow through a choice, not through its condition', async () => {
    const x = tf.tensor1d([-2, 0, 3]);
    const choose = (x: tf.Tensor): tf.Tensor =>
      tf.where(tf.logicalOr(tf.greater(x, 0), tf.equal(x, 0)), tf.square(x), tf.mul(x, 5));
    await expectTensorClose(slopes(choose, x)[0] as tf.Tensor, [5, 0, 6]);
    const best = (x: tf.Tensor): tf.Tensor => tf.gather(x, tf.argMax(x));
    await expectTensorClose(slopes(best, x)[0] as tf.Tensor, [0, 0, 1]);
    const fromTop = (x: tf.Tensor): tf.Tensor => tf.gather(x, tf.topk(x, 2).indices);
    await expectTensorClose(slopes(fromTop, x)[0] as tf.Tensor, [0, 1, 1]);
    await expectTensorClose(slopes((x) => tf.cast(tf.greater(x, 0), 'float32'), x)[0] as tf.Tensor, [0, 0, 0]);
  });

  it('stay finite on the side of a choice that an infinite one does not belong to', async () => {
    const x = tf.tensor1d([0, 4]);
    const roots = (x: tf.Tensor, y: tf.Tensor): tf.Tensor => tf.sqrt(tf.where(tf.greater(y, 0), y, x));
    const [ofX, ofY] = slopes(roots, x, tf.tensor1d([-1, 4])) as [tf.Tensor, tf.Tensor];
    await expectTensorClose(ofX, [Infinity, 0]);
    await expectTensorClose(ofY, [0, 0.25]);
  });

  it('of an operation without one name the kernel', () => {
    const x = tf.tensor1d([3, 1, 2]);
    expect(() => slopes((x) => tf.topk(x, 2).values, x)).toThrow('tfjs has no gradient of TopK');
    expect(() => slopes((x) => tf.cumprod(x), x)).toThrow('tfjs has no gradient of Cumprod');
  });

  it('of a product are right where factors are zero', async () => {
    const x = tf.tensor2d([
      [2, 0, 3],
      [0, 0, 5],
    ]);
    await expectTensorClose(slopes((x) => tf.prod(x, -1), x)[0] as tf.Tensor, [
      [0, 6, 0],
      [0, 0, 0],
    ]);
  });

  it('of a split into one part, and of one row, are that part', async () => {
    const x = tf.tensor2d([[1, 2, 3]]);
    await expectTensorClose(slopes((x) => tf.square(tf.split(x, 1)[0] as tf.Tensor), x)[0] as tf.Tensor, [[2, 4, 6]]);
    await expectTensorClose(slopes((x) => tf.square(tf.unstack(x)[0] as tf.Tensor), x)[0] as tf.Tensor, [[2, 4, 6]]);
    await expectTensorClose(slopes((x) => tf.linalg.bandPart(x, 0, 1), x)[0] as tf.Tensor, [[1, 1, 0]]);
  });

  it('of a normalization without scale and offset leave nothing behind', () =>
    expectNoLeaks(() => {
      const x = tf.tensor2d([
        [1, 2],
        [3, 5],
      ]);
      const [mean, variance] = [tf.tensor1d([2, 3]), tf.tensor1d([1, 2])];
      const gradients = slopes((x) => tf.square(tf.batchNorm(x, mean, variance)), x);
      tf.dispose([x, mean, variance, gradients]);
    }));

  it('that a backend computes wrongly are errors', async () => {
    const volume = (): tf.Tensor => tf.reshape(tf.range(0, 27), [1, 3, 3, 3, 1]);
    const pooled = (x: tf.Tensor): tf.Tensor => tf.maxPool3d(x as tf.Tensor5D, [1, 1, 2], 1, 'valid');
    const filter = tf.ones<tf.Rank.R5>([1, 1, 1, 1, 1]);
    const convolved = (x: tf.Tensor): tf.Tensor => tf.conv3d(x as tf.Tensor5D, filter, 1, 'valid');
    if (backend === 'cpu') expect(() => slopes(pooled, volume())).toThrow('another height than width wrongly on cpu');
    else await expectTensorClose(tf.sum(slopes(pooled, volume())[0] as tf.Tensor), 18);
    if (backend === 'wasm') expect(() => slopes(convolved, volume())).toThrow('conv3d wrongly on wasm');
    else await expectTensorClose(tf.sum(slopes(convolved, volume())[0] as tf.Tensor), 27);
  });

  it('of kernels that call methods of tensors are there', async () => {
    const x = tf.tensor1d([-2, 3]);
    const [ofX, ofAlpha] = slopes(tf.prelu, x, tf.tensor1d([0.5, 0.5])) as [tf.Tensor, tf.Tensor];
    await expectTensorClose(ofX, [0.5, 1]);
    await expectTensorClose(ofAlpha, [-2, 0]);
    await expectTensorClose(tf.exp(tf.tensor1d([0, 1], 'int32')), [1, Math.E]);
    await expectTensorClose(tf.argMax(tf.tensor1d([false, true], 'bool')), 1);
    await expectTensorClose(tf.argMin(tf.tensor1d([true, false], 'bool')), 1);
  });
});

it('are checked on at least two backends', () => {
  expect(testBackends.length).toBeGreaterThan(1);
});
