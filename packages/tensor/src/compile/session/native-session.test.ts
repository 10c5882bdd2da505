import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { setImmediate } from 'node:timers/promises';
import type { RlloomError } from '@rlloom/spec';
import { afterEach, describe, expect, it } from 'vitest';
import { loadedSessionAddon, loadNativeBackend } from '../../native/load-native-backend.ts';
import { expectNoLeaks } from '../../testing/expect-no-leaks.ts';
import { tf } from '../../tf.ts';
import { typeNumbers } from '../graph/data-types.ts';
import { type AttrValue, encodeGraph, type FunctionDef, type NodeDef } from '../graph/graph-proto.ts';
import type { GraphSession } from './graph-session.ts';
import { openNativeSession } from './native-session.ts';

const loaded = await loadNativeBackend({ kind: 'cpu' });
const lacking = !loaded.loaded
  ? loaded.reason
  : loadedSessionAddon() === undefined
    ? 'no session addon, "rlloom setup" adds it'
    : undefined;

const float: AttrValue = { type: typeNumbers.float32 };
const text = (value: string): AttrValue => ({ s: new TextEncoder().encode(value) });
const shapeOf = (...sizes: number[]): AttrValue => ({ shape: { dim: sizes.map((size) => ({ size })) } });
const node = (name: string, op: string, ...[input, attr = {}]: [string[], NodeDef['attr']?]): NodeDef => ({
  name,
  op,
  input,
  attr,
});
const graph = (node: NodeDef[], functions: FunctionDef[] = []): Uint8Array =>
  encodeGraph({ node, library: { function: functions }, versions: { producer: 1987, minConsumer: 12 } });

/** `PREFIX/initial`, `PREFIX/increment`: placeholders; `PREFIX/assign`, `PREFIX/add`: targets; `PREFIX/read`. */
function variable(prefix: string, size: number, sharedName = 'counter'): NodeDef[] {
  const name = (part: string): string => `${prefix}/${part}`;
  const attr = { dtype: float };
  const handle = { ...attr, shape: shapeOf(size), shared_name: text(sharedName), container: text('') };
  return [
    node(name('handle'), 'VarHandleOp', [], handle),
    node(name('initial'), 'Placeholder', [], { ...attr, shape: shapeOf(size) }),
    node(name('increment'), 'Placeholder', [], { ...attr, shape: shapeOf(size) }),
    node(name('assign'), 'AssignVariableOp', [name('handle'), name('initial')], attr),
    node(name('add'), 'AssignAddVariableOp', [name('handle'), name('increment')], attr),
    node(name('read'), 'ReadVariableOp', [name('handle')], attr),
  ];
}

let session: GraphSession | undefined;
function open(): GraphSession {
  const opened = openNativeSession();
  if (opened === undefined) throw new Error('no session');
  session = opened;
  return opened;
}
afterEach(() => session?.close());

async function numbers(fetched: Promise<tf.Tensor[]>): Promise<number[][]> {
  const tensors = await fetched;
  const values = await Promise.all(tensors.map((tensor) => tensor.data()));
  tf.dispose(tensors);
  return values.map((value) => [...value]);
}

async function messageOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    const { kind, what, cause } = error as RlloomError;
    return `${kind} ${String((cause as { code?: string } | undefined)?.code)}: ${what}`;
  }
  return 'it worked';
}

/** Multiplies an `x` of 1000 by 1000 by itself, again and again: a second of work, or some. */
function longWork(): NodeDef[] {
  const products = Array.from({ length: 12 }, (_, i) =>
    node(`product${i}`, 'MatMul', [i === 0 ? 'x' : `product${i - 1}`, 'x'], { T: float }),
  );
  const axes = { dtype: typeNumbers.int32, tensorShape: { dim: [{ size: 2 }] } };
  return [
    node('x', 'Placeholder', [], { dtype: float }),
    ...products,
    node('axes', 'Const', [], {
      dtype: { type: typeNumbers.int32 },
      value: { tensor: { ...axes, tensorContent: new Uint8Array(Int32Array.of(0, 1).buffer) } },
    }),
    node('sum', 'Sum', ['product11', 'axes'], { T: float, Tidx: { type: typeNumbers.int32 } }),
  ];
}
const tenth = (): tf.Tensor => tf.fill([1000, 1000], 0.001);

const square = (name: string, op: string): FunctionDef => ({
  signature: {
    name,
    inputArg: [{ name: 'x', type: typeNumbers.float32 }],
    outputArg: [{ name: 'y', type: typeNumbers.float32 }],
    controlOutput: [],
    isStateful: false,
  },
  attr: {},
  nodeDef: [node('result', op, ['x'], { T: float })],
  ret: { y: 'result:y:0' },
  controlRet: {},
});
const call = (name: string, functionName: string): NodeDef[] => [
  node(`${name}/x`, 'Placeholder', [], { dtype: float }),
  node(name, 'PartitionedCall', [`${name}/x`], {
    Tin: { list: { type: [typeNumbers.float32] } },
    Tout: { list: { type: [typeNumbers.float32] } },
    f: { func: { name: functionName } },
  }),
];

describe.skipIf(lacking !== undefined)(`a session${lacking === undefined ? '' : ` (skipped: ${lacking})`}`, () => {
  it('keeps variables and earlier nodes when its graph grows', async () => {
    const { extend, run } = open();
    extend(graph(variable('first', 2)));
    const [initial, one] = [tf.tensor1d([1, 2]), tf.ones([2])];
    await run([{ name: 'first/initial', tensor: initial }], [], ['first/assign']);
    extend(graph(variable('second', 2)));
    expect(await numbers(run([], ['first/read', 'second/read:0']))).toEqual([
      [1, 2],
      [1, 2],
    ]);
    await run([{ name: 'second/increment', tensor: one }], [], ['second/add']);
    extend(graph(variable('third', 2)));
    expect(await numbers(run([], ['third/read', 'first/read']))).toEqual([
      [2, 3],
      [2, 3],
    ]);
    tf.dispose([initial, one]);
  });

  it('takes a function again if it is the same', async () => {
    const { extend, run } = open();
    const x = tf.tensor1d([3]);
    extend(graph(call('a', 'f'), [square('f', 'Square')]));
    expect(await numbers(run([{ name: 'a/x', tensor: x }], ['a']))).toEqual([[9]]);
    extend(graph(call('b', 'f'), [square('f', 'Square')]));
    expect(await numbers(run([{ name: 'b/x', tensor: x }], ['b']))).toEqual([[9]]);
    expect(await messageOf(() => extend(graph(call('c', 'f'), [square('f', 'Neg')])))).toMatch(
      /^backend INVALID_ARGUMENT: .*different function with the same name/,
    );
    expect(await numbers(run([{ name: 'a/x', tensor: x }], ['a']))).toEqual([[9]]);
    x.dispose();
  });

  it('carries float32, int32, bool, scalars and tensors without elements', async () => {
    const { extend, run, runNow } = open();
    for (const dtype of ['float32', 'int32', 'bool'] as const) {
      const T = { type: typeNumbers[dtype] };
      extend(graph([node(dtype, 'Placeholder', [], { dtype: T }), node(`${dtype}/same`, 'Identity', [dtype], { T })]));
      for (const tensor of [
        tf.scalar(1, dtype),
        tf.tensor2d([[1, 0, 1]], [1, 3], dtype),
        tf.tensor([], [0, 3], dtype),
        tf.ones([40_000], dtype),
      ]) {
        const feeds = [{ name: `${dtype}:0`, tensor }];
        for (const results of [await run(feeds, [`${dtype}/same`]), runNow(feeds, [`${dtype}/same`])]) {
          expect(results[0]).toMatchObject({ dtype, shape: tensor.shape });
          expect(await results[0]?.data()).toEqual(await tensor.data());
          tf.dispose(results);
        }
        tensor.dispose();
      }
    }
  });

  it('hands out values that belong to the caller', async () => {
    const { extend, run } = open();
    // Small ones are copied to JavaScript, large ones are not.
    for (const [prefix, size] of [
      ['small', 2],
      ['large', 100_000],
    ] as const) {
      extend(graph(variable(prefix, size, prefix)));
      const [initial, one] = [tf.fill([size], 5), tf.ones([size])];
      await run([{ name: `${prefix}/initial`, tensor: initial }], [], [`${prefix}/assign`]);
      const [before, written] = [...(await run([], [`${prefix}/read`])), ...(await run([], [`${prefix}/read`]))] as [
        tf.Tensor,
        tf.Tensor,
      ];
      // Writing to such an array reaches neither the variable nor another result.
      (await written.data()).fill(7);
      await run([{ name: `${prefix}/increment`, tensor: one }], [], [`${prefix}/add`]);
      expect(new Set(await before.data())).toEqual(new Set([5]));
      expect(new Set((await numbers(run([], [`${prefix}/read`])))[0])).toEqual(new Set([6]));
      tf.dispose([initial, one, before, written]);
    }
  });

  it('runs several at once, each update whole', async () => {
    const { extend, run } = open();
    extend(graph(variable('v', 1000)));
    const [zero, one] = [tf.zeros([1000]), tf.ones([1000])];
    await run([{ name: 'v/initial', tensor: zero }], [], ['v/assign']);
    const runs = Array.from({ length: 32 }, () => run([{ name: 'v/increment', tensor: one }], ['v/read'], ['v/add']));
    for (const [value] of await Promise.all(runs)) value?.dispose();
    expect(new Set((await numbers(run([], ['v/read'])))[0])).toEqual(new Set([32]));
    tf.dispose([zero, one]);
  });

  it('leaves the event loop alone while it runs', async () => {
    const { extend, run } = open();
    extend(graph(longWork()));
    const x = tenth();
    await x.data();
    const order: string[] = [];
    const running = run([{ name: 'x', tensor: x }], ['sum']).then((result) => {
      order.push('run');
      return result;
    });
    for (let i = 0; i < 3; i++) {
      await setImmediate();
      order.push('tick');
    }
    // The product of matrices of 0.001 is 0.001 everywhere.
    expect((await numbers(running))[0]?.[0]).toBeCloseTo(1000, 0);
    expect(order).toEqual(['tick', 'tick', 'tick', 'run']);
    x.dispose();
  });

  it('closes when what runs has ended, and takes nothing from then on', async () => {
    const { extend, run, close } = open();
    extend(graph(longWork()));
    const x = tenth();
    const order: string[] = [];
    const running = run([{ name: 'x', tensor: x }], ['sum']).then((result) => {
      order.push('run');
      return numbers(Promise.resolve(result));
    });
    const closing = close().then(() => order.push('close'));
    expect(await messageOf(() => run([], ['sum']))).toBe('backend FAILED_PRECONDITION: the session is closed');
    expect(await messageOf(() => extend(graph([])))).toBe('backend FAILED_PRECONDITION: the session is closed');
    expect((await running)[0]?.[0]).toBeCloseTo(1000, 0);
    await closing;
    await close();
    expect(order).toEqual(['run', 'close']);
    x.dispose();
  });

  it('says what is wrong in the words of TensorFlow', async () => {
    const { extend, run, runNow } = open();
    extend(graph(variable('v', 2)));
    const [two, three, complex] = [tf.ones([2]), tf.ones([3]), tf.complex([1], [1])];
    expect(await messageOf(() => run([], ['nowhere:0']))).toBe(
      'backend NOT_FOUND: the graph has no operation "nowhere"',
    );
    expect(await messageOf(() => run([], ['v/read:1']))).toBe('backend NOT_FOUND: operation "v/read" has no output 1');
    expect(await messageOf(() => run([], ['v/read:x']))).toBe(
      'backend INVALID_ARGUMENT: "v/read:x" is no name of an output',
    );
    expect(await messageOf(() => run([], ['v/handle']))).toMatch(/"v\/handle" cannot be fetched: its type/);
    expect(await messageOf(() => run([{ name: 'v/initial', tensor: complex }], []))).toMatch(
      /^backend undefined: a tensor of type complex64 cannot be fed/,
    );
    for (const attempt of [run, async (...args: Parameters<typeof run>) => runNow(...args)]) {
      expect(await messageOf(() => attempt([], ['v/read']))).toMatch(
        /^backend (FAILED_PRECONDITION|NOT_FOUND): .*counter/s,
      );
    }
    expect(await messageOf(() => extend(graph(variable('v', 2))))).toBe(
      "backend INVALID_ARGUMENT: Node name 'v/handle' already exists in the Graph",
    );
    expect(await messageOf(() => extend(Uint8Array.of(255)))).toBe('backend INVALID_ARGUMENT: Invalid GraphDef');
    expect(await messageOf(() => extend(graph([node('made', 'NoSuchOperation', [])])))).toMatch(
      /^backend [A-Z_]+: .*NoSuchOperation/,
    );
    // A graph that was refused has left nothing behind.
    expect(await messageOf(() => extend(graph([node('half', 'NoOp', []), node('v/read', 'NoOp', [])])))).toMatch(
      /already exists/,
    );
    extend(graph([node('half', 'NoOp', [])]));
    await run([], [], ['half']);
    await run([{ name: 'v/initial', tensor: two }], [], ['v/assign']);
    const increment = [{ name: 'v/increment', tensor: three }];
    for (const attempt of [() => run(increment, [], ['v/add']), () => runNow(increment, [], ['v/add'])])
      expect(await messageOf(attempt)).toMatch(/^backend INVALID_ARGUMENT: .*shape \[2\].*shape \[3\]/s);
    expect(await numbers(run([], ['v/read']))).toEqual([[1, 1]]);
    tf.dispose([two, three, complex]);
  });

  it('does not grow in a thousand runs', async () => {
    const { extend, run } = open();
    const T = float;
    extend(graph([node('x', 'Placeholder', [], { dtype: T }), node('y', 'Square', ['x'], { T })]));
    const x = tf.ones([500_000]);
    await x.data();
    const runs = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) tf.dispose(await run([{ name: 'x', tensor: x }], ['y']));
    };
    await expectNoLeaks(() => runs(100));
    const before = process.memoryUsage.rss();
    // 2 MB in and 2 MB out each.
    await runs(1000);
    expect(process.memoryUsage.rss() - before).toBeLessThan(400_000_000);
    x.dispose();
  }, 120_000);

  it('works in several threads of a process, and frees what was dropped', async () => {
    const require = createRequire(import.meta.url);
    const register = new URL('esm/api/index.mjs', pathToFileURL(require.resolve('tsx'))).href;
    const here = JSON.stringify(new URL('./', import.meta.url).href);
    const counter = [...graph(variable('v', 4_000_000))];
    const code = `
      const { Worker, isMainThread, parentPort, workerData } = await import('node:worker_threads');
      // A worker does not inherit it.
      if (!isMainThread) (await import(${JSON.stringify(register)})).register();
      const load = async () => {
        const { loadNativeBackend } = await import(${here} + '../../native/load-native-backend.ts');
        const { openNativeSession } = await import(${here} + 'native-session.ts');
        const { tf } = await import(${here} + '../../tf.ts');
        await loadNativeBackend({ kind: 'cpu' });
        return { openNativeSession, tf };
      };
      const count = async (start) => {
        const { openNativeSession, tf } = await load();
        const session = openNativeSession();
        session.extend(Uint8Array.from(${JSON.stringify(counter)}));
        const size = [4_000_000];
        const [initial, one] = [tf.fill(size, start), tf.ones(size)];
        await session.run([{ name: 'v/initial', tensor: initial }], [], ['v/assign']);
        for (let i = 0; i < 5; i++) await session.run([{ name: 'v/increment', tensor: one }], [], ['v/add']);
        const [value] = await session.run([], ['v/read']);
        const [result] = tf.max(value).dataSync();
        tf.dispose([initial, one, value]);
        return result;
      };
      if (!isMainThread) {
        parentPort.postMessage(await count(workerData));
        // Ended in the middle of it.
        for (;;) await count(0);
      }
      const source = 'data:text/javascript,' + encodeURIComponent(process.env.SOURCE);
      const workers = [100, 200].map((workerData) => new Worker(new URL(source), { workerData }));
      const values = await Promise.all(
        workers.map((worker) => new Promise((resolve, reject) => worker.on('message', resolve).on('error', reject))),
      );
      await Promise.all(workers.map((worker) => worker.terminate()));
      values.push(await count(300));
      // 40 dropped sessions, each with a variable of 16 MB.
      const before = process.memoryUsage.rss();
      for (let i = 0; i < 40; i++) {
        await count(i);
        gc();
        await new Promise(setImmediate);
      }
      values.push(process.memoryUsage.rss() - before < 320_000_000);
      console.log(JSON.stringify(values));`;
    const args = [
      '--expose-gc',
      '--conditions=@rlloom/source',
      '--import',
      require.resolve('tsx'),
      '--input-type=module',
      '-e',
      code,
    ];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
      env: { ...process.env, SOURCE: code },
      timeout: 100_000,
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([105, 205, 305, true]);
  }, 120_000);
});
