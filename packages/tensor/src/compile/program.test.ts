import { isRlloomError } from '@rlloom/spec';
import { expect, it } from 'vitest';
import { describeBackends } from '../testing/describe-backends.ts';
import { expectNoLeaks } from '../testing/expect-no-leaks.ts';
import { expectTensorClose } from '../testing/expect-tensor-close.ts';
import { tf } from '../tf.ts';
import { after } from './after.ts';
import { compile } from './compile.ts';
import { createProgram } from './create-program.ts';
import { scatterAdd } from './scatter-add.ts';
import { updateSlice } from './update-slice.ts';
import { whileLoop } from './while-loop.ts';

type Input = { readonly x: tf.Tensor };

describeBackends('createProgram', (backend) => {
  it('is made of graphs where the backend has them', () => {
    const program = createProgram();
    expect(program.kind).toBe(backend === 'tfjs-node' ? 'graph' : 'eager');
    program.dispose();
  });

  it('keeps variables from call to call', async () => {
    const program = createProgram();
    program.addVariables({ total: tf.scalar(0), other: tf.tensor1d([7]) });
    const add = program.define('add', (variables, { x }: Input) => {
      const next = tf.add(variables['total'] as tf.Tensor, tf.sum(x));
      return { outputs: { next }, updates: { total: next } };
    });
    await expectTensorClose((await add({ x: tf.tensor1d([1, 2]) })).next, 3, 0);
    await expectTensorClose((await add({ x: tf.tensor2d([[4, 5]]) })).next, 12, 0);
    const read = program.read();
    await expectTensorClose(read['total'] as tf.Tensor, 12, 0);
    await expectTensorClose(read['other'] as tf.Tensor, [7], 0);
    program.write({ total: tf.scalar(100) });
    await expectTensorClose((await add({ x: tf.tensor1d([1, 2]) })).next, 103, 0);
    await expectTensorClose(read['total'] as tf.Tensor, 12, 0);
    program.dispose();
  });

  it('has variables without a value until a function gives them one', async () => {
    const program = createProgram();
    program.addVariables({ a: tf.scalar(2) });
    program.declareVariables({ b: { shape: [2], dtype: 'float32' } });
    expect(() => program.declareVariables({ a: { shape: [], dtype: 'float32' } })).toThrow(
      'has a variable "a" already',
    );
    const start = program.define('start', ({ a }, { x }: Input) => ({
      outputs: {},
      updates: { b: tf.mul(x, a as tf.Tensor) },
    }));
    const more = program.define('more', ({ b }, { x }: Input) => ({
      outputs: {},
      updates: { b: tf.add(b as tf.Tensor, x) },
    }));
    for (let round = 0; round < 2; round++) {
      await start({ x: tf.tensor1d([1, 2]) });
      await more({ x: tf.tensor1d([10, 10]) });
      await expectTensorClose(program.read()['b'] as tf.Tensor, [12, 14], 0);
      program.removeVariables(['b']);
      program.declareVariables({ b: { shape: [2], dtype: 'float32' } });
    }
    program.dispose();
  });

  it('computes the first values of variables from others', async () => {
    const program = createProgram();
    program.addVariables({ a: tf.tensor1d([1, 2]), b: tf.scalar(3) });
    program.initializeVariables(({ a, b }) => ({
      zeros: tf.zerosLike(a as tf.Tensor),
      product: tf.mul(a as tf.Tensor, b as tf.Tensor),
      same: a as tf.Tensor,
    }));
    program.initializeVariables(() => ({}));
    const add = program.define('add', ({ zeros, product }) => ({
      outputs: {},
      updates: { zeros: tf.add(zeros as tf.Tensor, product as tf.Tensor) },
    }));
    await add({});
    const { zeros, product, same, a } = program.read();
    for (const [tensor, expected] of [
      [zeros, [3, 6]],
      [product, [3, 6]],
      [same, [1, 2]],
      [a, [1, 2]],
    ] as const)
      await expectTensorClose(tensor as tf.Tensor, expected, 0);
    expect(() => program.initializeVariables(({ a: x }) => ({ b: x as tf.Tensor }))).toThrow(
      'has a variable "b" already',
    );
    tf.dispose([zeros, product, same, a]);
    program.dispose();
  });

  it('computes with a tensor after another one', async () => {
    const program = createProgram();
    const f = program.define('parts', (_, { x }: Input) => {
      const first = tf.sum(tf.exp(x));
      return { outputs: { first, second: tf.sum(tf.exp(after(first, x))), alone: after(undefined, x) } };
    });
    const x = tf.tensor1d([0, 0]);
    const { first, second, alone } = await f({ x });
    for (const [tensor, expected] of [
      [first, 2],
      [second, 2],
      [alone, [0, 0]],
    ] as const)
      await expectTensorClose(tensor, expected, 1e-6);
    tf.dispose([x, first, second, alone]);
    program.dispose();
  });

  it('reads every variable before it changes one', async () => {
    const program = createProgram();
    program.addVariables({ a: tf.scalar(1), b: tf.scalar(2) });
    const swap = program.define('swap', ({ a, b }) => ({
      outputs: { sum: tf.add(a as tf.Tensor, tf.mul(b as tf.Tensor, 10)) },
      updates: { a: b as tf.Tensor, b: a as tf.Tensor },
    }));
    await expectTensorClose((await swap({})).sum, 21, 0);
    await expectTensorClose((await swap({})).sum, 12, 0);
    program.dispose();
  });

  it.each([false, true])('loops (XLA: %s)', async (xla) => {
    const f = ({ x }: Input) => {
      const buffer = tf.zeros([4]);
      const { i, buffer: filled } = whileLoop({
        state: { i: tf.scalar(0, 'int32'), value: x, buffer },
        condition: ({ i }) => tf.less(i, tf.scalar(3, 'int32')),
        body: ({ i, value, buffer }) => ({
          i: tf.add(i, tf.scalar(1, 'int32')),
          value: tf.mul(value, x),
          buffer: updateSlice(buffer, tf.reshape(value, [1]), { axis: 0, start: i }),
        }),
      });
      return { i, filled };
    };
    const powers = compile(f, { xla });
    const { i, filled } = await powers({ x: tf.scalar(2) });
    await expectTensorClose(i, 3, 0);
    await expectTensorClose(filled, [2, 4, 8, 0], 0);
    powers.dispose();
  });

  it('forgets variables, and knows them again', async () => {
    const program = createProgram();
    program.addVariables({ kept: tf.scalar(2), state: tf.zeros([3]) });
    const step = program.define('step', (variables, { x }: Input) => {
      const state = tf.add(variables['state'] as tf.Tensor, tf.mul(x, variables['kept'] as tf.Tensor));
      return { outputs: { state }, updates: { state } };
    });
    const changed = program.versionOf(['kept']);
    await step({ x: tf.tensor1d([1, 2, 3]) });
    await expectTensorClose((await step({ x: tf.tensor1d([1, 2, 3]) })).state, [4, 8, 12], 0);
    program.removeVariables(['state']);
    expect(Object.keys(program.read())).toEqual(['kept']);
    program.addVariables({ state: tf.ones([3]) });
    await expectTensorClose((await step({ x: tf.tensor1d([1, 2, 3]) })).state, [3, 5, 7], 0);
    expect(program.versionOf(['kept'])).toBe(changed);
    expect(program.versionOf(['kept', 'state'])).toBe(program.version);
    expect(program.versionOf(['state'])).toBeGreaterThan(changed);
    program.dispose();
  });

  it.each([false, true])('adds at places, also at one twice (XLA: %s)', async (xla) => {
    const f = compile(
      ({ x }: Input) => {
        const places = tf.tensor2d(
          [
            [0, 1],
            [1, 0],
            [0, 1],
          ],
          [3, 2],
          'int32',
        );
        return { y: scatterAdd(x, places, tf.tensor1d([10, 20, 30])), x };
      },
      { xla },
    );
    const { y, x } = await f({
      x: tf.tensor2d([
        [1, 2],
        [3, 4],
      ]),
    });
    await expectTensorClose(
      y,
      [
        [1, 42],
        [23, 4],
      ],
      0,
    );
    await expectTensorClose(
      x,
      [
        [1, 2],
        [3, 4],
      ],
      0,
    );
    f.dispose();
  });

  it('says which variable is not there, or does not fit', async () => {
    const program = createProgram();
    program.addVariables({ a: tf.scalar(1) });
    expect(() => program.addVariables({ a: tf.scalar(1) })).toThrow('has a variable "a" already');
    expect(() => program.write({ b: tf.scalar(1) })).toThrow('no variable "b"');
    expect(() => program.write({ a: tf.tensor1d([1]) })).toThrow(
      'variable "a": the variable is float32 of [], its new value float32 of [1]',
    );
    program.dispose();
  });

  it('says what goes in or comes out and is no tensor', async () => {
    const x = tf.tensor1d([1, 2]);
    const refusal = async (f: (input: Input) => unknown, input: unknown = { x }): Promise<string> => {
      const compiled = compile(f as (input: Input) => { y: tf.Tensor });
      const error: unknown = await compiled(input as Input).catch((reason: unknown) => reason);
      compiled.dispose();
      return isRlloomError(error) ? error.what : `no error of ours: ${String(error)}`;
    };
    const square = ({ x }: Input) => ({ y: tf.square(x) });
    expect(await refusal(square, { x: 3 })).toBe('"x" is a number where a tensor must be');
    expect(await refusal(square, { x: [Float32Array.of(1)] })).toContain('is a Float32Array where a tensor must be');
    expect(await refusal(() => ({ y: undefined }))).toBe('"y" is undefined where a tensor must be');
    expect(await refusal(async ({ x }) => ({ y: await x.data() }))).toContain('returned a promise');
    const program = createProgram();
    const body = async ({ x }: Input) => ({ outputs: { x } });
    const late = program.define('late', ((_: unknown, input: Input) => body(input)) as never);
    await expect(late({ x })).rejects.toThrow('returned a promise');
    program.dispose();
    x.dispose();
  });

  it('leaves nothing behind', async () => {
    const x = tf.tensor1d([1, 2]);
    const start = tf.scalar(1);
    const once = async () => {
      const program = createProgram();
      program.addVariables({ a: start });
      const f = program.define('f', ({ a }, { x }: Input) => ({
        outputs: { y: tf.mul(x, a as tf.Tensor), x },
        updates: { a: tf.add(a as tf.Tensor, 1) },
      }));
      for (let i = 0; i < 3; i++) tf.dispose(await f({ x }));
      tf.dispose(program.read());
      program.dispose();
      program.dispose();
    };
    await once();
    await expectNoLeaks(once);
    tf.dispose([x, start]);
  });
});
