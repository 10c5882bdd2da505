import { tf } from '@rlloom/tensor';
import { describeBackends, expectNoLeaks } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import { modelParameters, OwnedParameters } from './owned-parameters.ts';

const expected = modelParameters(
  new Map([
    ['a', [2]],
    ['b', []],
  ]),
  { modelType: 'qwen2' },
);

describeBackends('OwnedParameters', () => {
  it('keeps them in order whatever tidy runs around, and frees only what is replaced', async () => {
    await expectNoLeaks(() => {
      tf.engine().startScope();
      const owned = new OwnedParameters(expected, { b: tf.scalar(3), a: tf.tensor1d([1, 2]) });
      tf.engine().endScope();
      const { a, b } = owned.tree as { a: tf.Tensor; b: tf.Tensor };
      expect(Object.keys(owned.tree)).toEqual(['a', 'b']);
      expect(owned.count).toBe(3);
      owned.replace({ a, b: tf.scalar(4) });
      expect([a.isDisposed, b.isDisposed]).toEqual([false, true]);
      owned.dispose();
      owned.dispose();
    });
  });

  it.each([
    [{ a: [2] }, 'b: the parameter is missing'],
    [{ a: [2], b: [], c: [] }, 'c: a qwen2 model of this shape has no such parameter'],
    [{ a: [3], b: [] }, 'a: the shape is [3], the model needs [2]'],
  ])('refuses %o and changes nothing', (shapes, message) => {
    const owned = new OwnedParameters(expected, { a: tf.tensor1d([1, 2]), b: tf.scalar(3) });
    const before = owned.tree;
    const given = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, tf.zeros(shape)]));
    expect(() => {
      owned.replace(given);
    }).toThrow(message);
    expect(owned.tree).toBe(before);
    owned.dispose();
    tf.dispose(given);
  });
});
