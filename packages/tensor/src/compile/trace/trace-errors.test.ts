import { isRlloomError } from '@rlloom/spec';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../../backend/select-backend.ts';
import { expectNoLeaks } from '../../testing/expect-no-leaks.ts';
import { testBackends } from '../../testing/describe-backends.ts';
import { tf } from '../../tf.ts';
import { compile } from '../compile.ts';
import { valueAndGradients } from '../../gradients/value-and-gradients.ts';
import type { TensorTree } from '../tensor-tree.ts';
import { updateSlice } from '../update-slice.ts';
import { whileLoop } from '../while-loop.ts';

type Input = { readonly x: tf.Tensor };

// The name of the operation, and the line in this file that calls it.
async function refusal(f: (input: Input) => TensorTree): Promise<{ readonly what: string; readonly line: string }> {
  const compiled = compile(f);
  const x = tf.tensor2d([[1, 2]]);
  try {
    await compiled({ x });
    throw new Error('it was compiled');
  } catch (error) {
    if (!isRlloomError(error)) throw error;
    const [, line] = /trace-errors\.test\.ts:(\d+)/.exec(error.where ?? '') ?? [];
    return { what: error.what, line: line ?? `not in this file: ${error.where}` };
  } finally {
    x.dispose();
    compiled.dispose();
  }
}

function lineHere(): number {
  return Number(/trace-errors\.test\.ts:(\d+)/.exec((new Error('here').stack as string).split('\n')[2] as string)?.[1]);
}

describe.runIf(testBackends.includes('tfjs-node'))('what cannot be compiled (tfjs-node)', () => {
  beforeAll(async () => {
    await selectBackend({ backend: 'tfjs-node' });
  });

  it('names a branch on a value, and its line', async () => {
    let line = 0;
    const { what, line: said } = await refusal(({ x }) => {
      line = lineHere() + 1;
      if ((tf.sum(x).dataSync()[0] as number) > 0) return { x };
      return { y: tf.neg(x) };
    });
    expect(what).toContain('reading a value (dataSync');
    expect(Number(said)).toBe(line);
  });

  it('names an operation whose shape depends on values', async () => {
    let line = 0;
    const { what, line: said } = await refusal(({ x }) => {
      line = lineHere() + 1;
      const { values } = tf.unique(tf.reshape(x, [-1]));
      return { values };
    });
    expect(what).toMatch(/^Unique\w* cannot be compiled: its output shape depends on the values$/);
    expect(Number(said)).toBe(line);
  });

  it('names an operation that draws random numbers of its own', async () => {
    const { what } = await refusal(({ x }) => ({ y: tf.multinomial(x as tf.Tensor2D, 1, 7) }));
    expect(what).toContain('Multinomial cannot be compiled: it draws random numbers');
  });

  it('names a kernel that the backend does not have', async () => {
    let line = 0;
    const { what, line: said } = await refusal(() => {
      line = lineHere() + 1;
      return { y: tf.engine().runKernel<tf.Tensor>('NoSuchKernel', {}) };
    });
    expect(what).toContain('NoSuchKernel');
    expect(Number(said)).toBe(line);
  });

  it('names a tensor from outside that is too large for a constant', async () => {
    const large = tf.zeros([1024, 1025]);
    const { what } = await refusal(({ x }) => ({ y: tf.add(tf.sum(x), tf.sum(large)) }));
    expect(what).toContain('a tensor of [1024, 1025] from outside');
    large.dispose();
  });

  it('says what is wrong with a loop whose state changes its shape', async () => {
    const grow = compile(({ x }: Input) =>
      whileLoop({
        state: { x },
        condition: ({ x }) => tf.less(tf.sum(x), 10),
        body: ({ x }) => ({ x: tf.concat([x, x]) }),
      }),
    );
    const x = tf.tensor2d([[1, 2]]);
    await expect(grow({ x })).rejects.toThrow(
      'tensor 0 of the state is float32 of [1, 2], the body returns float32 of [2, 2]',
    );
    x.dispose();
    grow.dispose();
  });

  it('names a random number that would be the same in every call', async () => {
    const { random } = Math;
    for (const draw of [
      () => tf.randomNormal([1, 2]),
      () => tf.truncatedNormal([1, 2]),
      () => tf.randomUniform([1, 2]),
      () => tf.dropout(tf.ones([1, 2]), 0.5),
      () => tf.scalar(Math.random()),
    ]) {
      let line = 0;
      const { what, line: said } = await refusal(({ x }) => {
        line = lineHere() + 1;
        return { y: tf.add(x, draw()) };
      });
      expect(what).toContain('drawing random numbers');
      // The function that draws is called there.
      expect([line, line - 9, line - 8, line - 7, line - 6, line - 5]).toContain(Number(said));
    }
    expect(Math.random).toBe(random);
    const seeded = compile(({ x }: Input) => ({ y: tf.add(x, tf.randomNormal([1, 2], 0, 1, 'float32', 7)) }));
    const x = tf.zeros([1, 2]);
    const { y } = await seeded({ x });
    const expected = tf.randomNormal([1, 2], 0, 1, 'float32', 7);
    expect([...(await y.data())]).toEqual([...(await expected.data())]);
    tf.dispose([x, y, expected]);
    seeded.dispose();
  });

  it('names a tf.Variable that is changed, which keeps its value', async () => {
    const variable = tf.variable(tf.scalar(1));
    const optimizer = tf.train.sgd(1);
    for (const change of [
      () => variable.assign(tf.scalar(2)),
      () => void optimizer.minimize(() => tf.square(variable)),
    ]) {
      const { what } = await refusal(({ x }) => {
        change();
        return { x };
      });
      expect(what).toContain('changing a tf.Variable');
      expect([...(await variable.data())]).toEqual([1]);
    }
    optimizer.dispose();
    variable.dispose();
  });

  it.each([false, true])(
    'refuses a gradient that would be zero since it leads through a loop (XLA: %s)',
    async (xla) => {
      const loop = ({ x }: Input, w: tf.Tensor): tf.Tensor =>
        whileLoop({
          state: { i: tf.scalar(0, 'int32'), x },
          condition: ({ i }) => tf.less(i, tf.scalar(3, 'int32')),
          body: ({ i, x }) => ({ i: tf.add(i, tf.scalar(1, 'int32')), x: tf.mul(x, w) }),
        }).x;
      const slice = ({ x }: Input, w: tf.Tensor): tf.Tensor =>
        updateSlice(x, tf.reshape(w, [1, 1]), { axis: 1, start: tf.scalar(1, 'int32') });
      const x = tf.tensor2d([[1, 2]]);
      const one = tf.scalar(1);
      for (const [f, name] of [
        [loop, 'whileLoop'],
        [slice, 'updateSlice'],
      ] as const) {
        const gradient = (w: (input: Input) => tf.Tensor) =>
          compile(
            (input: Input) =>
              valueAndGradients(({ x }) => ({ value: tf.sum(f({ x: x as tf.Tensor }, w(input))) }), input),
            { xla },
          );
        for (const each of [gradient(() => one), gradient(({ x }) => tf.sum(x))]) {
          await expect(each({ x })).rejects.toThrow(`${name} has no gradient`);
          each.dispose();
        }
        // Through the tensor that is read from outside alone.
        const inner = compile(
          ({ x }: Input) =>
            valueAndGradients(({ w }) => ({ value: tf.sum(f({ x }, w as tf.Tensor)) }), { w: tf.sum(x) }),
          { xla },
        );
        await expect(inner({ x })).rejects.toThrow(`${name} has no gradient`);
        inner.dispose();
        // No gradient is asked for what it reads.
        const beside = compile(
          ({ x }: Input) =>
            valueAndGradients(({ v }) => ({ value: tf.mul(v as tf.Scalar, tf.sum(f({ x }, tf.sum(x)))) }), {
              v: tf.scalar(2),
            }),
          { xla },
        );
        const { gradients } = await beside({ x });
        // 3³ · (1 + 2), and 1 + 3.
        expect([...(await (gradients['v'] as tf.Tensor).data())]).toEqual([name === 'whileLoop' ? 81 : 4]);
        beside.dispose();
      }
      tf.dispose([x, one]);
    },
  );

  it('goes on with the backend it had, and leaves nothing behind', () =>
    expectNoLeaks(async () => {
      await refusal(({ x }) => ({ y: tf.tensor1d(tf.add(x, 1).arraySync() as never) }));
      expect(tf.getBackend()).toBe('tensorflow');
      tf.dispose(tf.tidy(() => tf.add(tf.scalar(1), 2)));
    }));

  it('leaves tensors from outside as they are, also where their data is handed on', () =>
    expectNoLeaks(async () => {
      const one = tf.scalar(1);
      const x = tf.tensor2d([[2]]);
      const f = compile(({ x }: Input) => ({ sum: tf.add(x, tf.reshape(one, [1, 1])), one, copy: one.clone() }));
      for (let i = 0; i < 2; i++) {
        const outputs = await f({ x });
        expect([...(await outputs.sum.data())]).toEqual([3]);
        expect([...(await outputs.copy.data())]).toEqual([1]);
        expect([...(await outputs.one.data())]).toEqual([1]);
        tf.dispose(outputs);
      }
      expect([...(await one.data())]).toEqual([1]);
      tf.dispose([one, x]);
      f.dispose();
    }));

  it('takes small tensors from outside and numbers that are known', async () => {
    const factor = tf.scalar(3);
    const f = compile(({ x }: Input) => {
      const known = tf.tensor1d([1, 2]).dataSync();
      return { y: tf.mul(tf.mul(x, factor), known[1] as number) };
    });
    const x = tf.tensor1d([1, 10]);
    const { y } = await f({ x });
    expect([...(await y.data())]).toEqual([6, 60]);
    tf.dispose([x, y, factor]);
    f.dispose();
  });
});
