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

  it('follows the variables of its program, and writes to them', async () => {
    const once = async () => {
      const owned = new OwnedParameters(expected, { a: tf.tensor1d([1, 2]), b: tf.scalar(3) });
      const { program } = owned;
      expect(owned.program).toBe(program);
      const first = owned.tree;
      expect(owned.tree).toBe(first);
      const double = program.define('double', ({ a }, { x }: { x: tf.Tensor }) => ({
        outputs: { x },
        updates: { a: tf.mul(a as tf.Tensor, x) },
      }));
      const two = tf.scalar(2);
      tf.dispose(await double({ x: two }));
      expect([...(await (first['a'] as tf.Tensor).data())]).toEqual([1, 2]);
      const second = owned.tree as { a: tf.Tensor; b: tf.Tensor };
      expect([...(await second.a.data()), ...(await second.b.data())]).toEqual([2, 4, 3]);
      expect(Object.keys(second)).toEqual(['a', 'b']);
      expect(first['a']?.isDisposed).toBe(true);

      owned.replace({ ...second, a: tf.tensor1d([7, 8]) });
      expect([second.a.isDisposed, second.b.isDisposed]).toEqual([true, false]);
      tf.dispose(await double({ x: two }));
      const third = owned.tree;
      expect([...(await (third['a'] as tf.Tensor).data())]).toEqual([14, 16]);
      tf.dispose(await double({ x: two }));
      owned.replace(third);
      expect([...(await (owned.tree['a'] as tf.Tensor).data())]).toEqual([14, 16]);
      expect(owned.count).toBe(3);
      two.dispose();
      owned.dispose();
      owned.dispose();
    };
    await once();
    await expectNoLeaks(once);
  });

  it('refuses tensors that do not fit the variables, and changes nothing', async () => {
    const owned = new OwnedParameters(expected, { a: tf.tensor1d([1, 2]), b: tf.scalar(3) });
    const { version } = owned.program;
    const wrong = tf.tensor1d([1, 2], 'int32');
    expect(() => {
      owned.replace({ ...owned.tree, a: wrong });
    }).toThrow('int32');
    expect([wrong.isDisposed, owned.program.version]).toEqual([false, version]);
    expect([...(await (owned.tree['a'] as tf.Tensor).data())]).toEqual([1, 2]);
    owned.dispose();
    wrong.dispose();
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
