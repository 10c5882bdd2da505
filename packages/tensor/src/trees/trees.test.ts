import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeBackends } from '../testing/describe-backends.ts';
import { expectNoLeaks } from '../testing/expect-no-leaks.ts';
import { expectTensorClose } from '../testing/expect-tensor-close.ts';
import { tf } from '../tf.ts';
import { addTrees } from './add-trees.ts';
import { cloneTree } from './clone-tree.ts';
import { disposeTree } from './dispose-tree.ts';
import { globalNorm } from './global-norm.ts';
import { mapTree } from './map-tree.ts';
import { scaleTree } from './scale-tree.ts';
import { tensorOf } from './tensor-of.ts';

describeBackends('trees', () => {
  it('adds, scales and maps by name, in the order of the first', async () => {
    const a = { x: tf.tensor1d([1, 2]), y: tf.scalar(3) };
    const b = { y: tf.scalar(10), x: tf.tensor1d([5, 6]) };
    const sum = addTrees(a, b);
    expect(Object.keys(sum)).toEqual(['x', 'y']);
    await expectTensorClose(tensorOf(sum, 'x'), [6, 8]);
    await expectTensorClose(tensorOf(sum, 'y'), 13);
    await expectNoLeaks(() => addTrees(a, b));
    const [half, double] = [scaleTree(a, 0.5), tf.tidy(() => scaleTree(a, tf.scalar(2)))];
    await expectTensorClose(tensorOf(half, 'x'), [0.5, 1]);
    await expectTensorClose(tensorOf(double, 'y'), 6);
    await expectNoLeaks(() => scaleTree(a, 0.5));
    const names = mapTree(a, (_, name) => tf.scalar(name.length));
    await expectTensorClose(tensorOf(names, 'y'), 1);
    for (const tree of [a, b, sum, half, double, names]) disposeTree(tree);
  });

  it('clones values, not lifetimes', async () => {
    const original = { x: tf.tensor1d([1, 2]) };
    const copy = cloneTree(original);
    disposeTree(original);
    await expectTensorClose(tensorOf(copy, 'x'), [1, 2]);
    disposeTree(copy);
    disposeTree(copy);
  });

  it('names what is missing', () => {
    const a = { x: tf.scalar(1) };
    expect(() => addTrees(a, {})).toThrow('no tensor "x"');
    disposeTree(a);
  });

  it('takes the norm over all tensors together', async () => {
    const finite = fc.double({ min: -1e3, max: 1e3, noNaN: true });
    await fc.assert(
      fc.asyncProperty(fc.array(finite, { maxLength: 40 }), fc.array(finite, { maxLength: 9 }), async (x, y) => {
        const tree = { x: tf.tensor1d(x), y: tf.tensor1d(y) };
        const norm = globalNorm(tree);
        const expected = Math.hypot(...x.map(Math.fround), ...y.map(Math.fround));
        await expectTensorClose(norm, expected, 1e-5);
        tf.dispose([tree, norm]);
      }),
      { numRuns: 50 },
    );
    await expectNoLeaks(() => globalNorm({}));
    const none = globalNorm({});
    await expectTensorClose(none, 0);
    none.dispose();
  });

  it('keeps the norm of a million small numbers', async () => {
    const tree = { x: tf.fill([1_000_000], 1e-3) };
    const norm = globalNorm(tree);
    await expectTensorClose(norm, 1, 1e-4);
    tf.dispose([tree, norm]);
  });

  it('lets a norm that is not finite through', async () => {
    const tree = { x: tf.tensor1d([1, Number.NaN]), y: tf.tensor1d([Infinity]) };
    const norms = [globalNorm(tree), globalNorm({ y: tree.y })];
    await expectTensorClose(norms[0] as tf.Tensor, Number.NaN);
    await expectTensorClose(norms[1] as tf.Tensor, Infinity);
    tf.dispose([tree, norms]);
  });
});
