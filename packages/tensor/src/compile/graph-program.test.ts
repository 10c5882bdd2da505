import { RlloomError } from '@rlloom/spec';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { selectBackend } from '../backend/select-backend.ts';
import { testBackends } from '../testing/describe-backends.ts';
import { expectNoLeaks } from '../testing/expect-no-leaks.ts';
import { expectTensorClose } from '../testing/expect-tensor-close.ts';
import { tf } from '../tf.ts';
import { createGraphProgram, type OpenSession } from './graph-program.ts';
import type { Program } from './program.ts';
import { openNativeSession } from './session/native-session.ts';
import { openSavedModelSession } from './session/saved-model-session.ts';

type Input = { readonly x: tf.Tensor };

const sum = (program: Program) =>
  program.define('sum', ({ total }, { x }: Input) => {
    const next = tf.add(total as tf.Tensor, tf.sum(x));
    return { outputs: { next }, updates: { total: next } };
  });

async function call(f: ReturnType<typeof sum>, numbers: number[]): Promise<number> {
  const x = tf.tensor1d(numbers);
  const { next } = await f({ x });
  const [value] = await next.data();
  tf.dispose([x, next]);
  return value as number;
}

// A session that has no memory for some of its runs, as a large graph on a small machine.
const withoutMemory =
  (fails: (fetches: readonly string[]) => boolean): OpenSession =>
  (variables) => {
    const session = openSavedModelSession(variables);
    return {
      ...session,
      run: (feeds, fetches) =>
        fails(fetches)
          ? Promise.reject(new Error('OOM when allocating tensor with shape[9,9] and type float'))
          : session.run(feeds, fetches),
    };
  };

describe.runIf(testBackends.includes('tfjs-node'))('createGraphProgram (tfjs-node)', () => {
  beforeAll(async () => {
    await selectBackend({ backend: 'tfjs-node' });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  describe.each([
    ['its own session', () => openNativeSession()],
    ['the session of tfjs-node', openSavedModelSession],
  ] as const)('in %s', (_, open) => {
    it('keeps variables when it grows by functions and variables', async (context) => {
      const probe = open(() => []);
      if (probe === undefined) return context.skip('the provisioned backend has no session addon');
      await probe.close();
      await expectNoLeaks(async () => {
        const program = createGraphProgram(open as OpenSession);
        const total = tf.scalar(1);
        program.addVariables({ total });
        const f = sum(program);
        expect(await call(f, [1])).toBe(2);
        expect(await call(f, [1, 2])).toBe(5);
        program.addVariables({ other: total });
        expect(await call(f, [1, 2, 3])).toBe(11);
        expect(await call(f, [4])).toBe(15);
        expect(program.statistics.compilations).toBe(3);
        const read = program.read();
        await expectTensorClose(read['total'] as tf.Tensor, 15, 0);
        await expectTensorClose(read['other'] as tf.Tensor, 1, 0);
        tf.dispose([read, total]);
        program.dispose();
      });
    });
  });

  it('compiles once per signature and runs calls in their order', async () => {
    const program = createGraphProgram();
    program.addVariables({ total: tf.scalar(0) });
    const f = sum(program);
    expect(await Promise.all([call(f, [1]), call(f, [2]), call(f, [3]), call(f, [1, 1])])).toEqual([1, 3, 6, 8]);
    expect(program.statistics.compilations).toBe(2);
    program.dispose();
  });

  it('goes on without a graph, with a warning, when there is no memory for it', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue();
    const program = createGraphProgram(withoutMemory((fetches) => fetches.some((name) => name.includes('/sum_'))));
    program.addVariables({ total: tf.scalar(0) });
    const f = sum(program);
    expect([await call(f, [1]), await call(f, [2])]).toEqual([1, 3]);
    await expectTensorClose(program.read()['total'] as tf.Tensor, 3, 0);
    expect(warn).toHaveBeenCalledOnce();
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('"sum" ran out of memory as a graph (OOM when'), {
      code: 'RLLOOM_GRAPH_MEMORY',
    });
    program.dispose();
  });

  it('does not hide that memory runs out later, or another failure', async () => {
    let runs = 0;
    const program = createGraphProgram(withoutMemory(() => runs++ === 1));
    program.addVariables({ total: tf.scalar(0) });
    const f = sum(program);
    expect(await call(f, [1])).toBe(1);
    await expect(call(f, [1])).rejects.toThrow('OOM');
    expect(await call(f, [1])).toBe(2);
    const bad = program.define('bad', () => {
      throw new RlloomError('unexpected', { what: 'on purpose' });
    });
    await expect(bad({})).rejects.toThrow('on purpose');
    expect(await call(f, [1])).toBe(3);
    program.dispose();
  });
});
