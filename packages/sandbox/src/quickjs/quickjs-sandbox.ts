import { availableParallelism } from 'node:os';
import { RlloomError } from '@rlloom/spec';
import PQueue from 'p-queue';
import { resolveLimits } from '../limits.ts';
import type { Sandbox, SandboxLimits, SandboxResult, SandboxRun } from '../sandbox.ts';
import { type QuickJsThread, quickJsThread } from './quickjs-thread.ts';

/** Options of a QuickJS sandbox. */
export interface QuickJsOptions {
  /** Scripts at the same time, each in a thread. Default: the cores of this machine, at most 4. */
  readonly concurrency?: number;
  /** Limits of runs that name none themselves. */
  readonly limits?: Partial<SandboxLimits>;
}

/**
 * A sandbox for pure JavaScript, in this process: QuickJS compiled to WebAssembly, a fresh runtime for each run (under a
 * millisecond), in threads that are ended when a script holds on. Scripts have the language and no way out: no Node
 * API, no modules, no timers, no files; `console.log` is stdout and `readline()` reads stdin. Processor time is not
 * measured (`cpuMs` is `null`).
 *
 * @example
 * ```ts
 * const sandbox = createQuickJsSandbox();
 * const { stdout } = await sandbox.run({ language: 'javascript', code: 'console.log(6 * 7)' });
 * stdout; // => '42\n'
 * await sandbox.close();
 * ```
 */
export function createQuickJsSandbox(options: QuickJsOptions = {}): Sandbox {
  const queue = new PQueue({ concurrency: options.concurrency ?? Math.min(4, availableParallelism()) });
  const idle: QuickJsThread[] = [];
  const closing = new AbortController();

  async function run(program: SandboxRun, signal: AbortSignal): Promise<SandboxResult> {
    const limits = resolveLimits({ ...options.limits, ...program.limits });
    let thread = idle.pop();
    while (thread !== undefined && !thread.isUsable()) thread = idle.pop();
    thread ??= quickJsThread();
    const start = performance.now();
    try {
      const answer = await thread.run(
        {
          code: program.code,
          stdin: program.stdin ?? '',
          memoryMb: limits.memoryMb,
          timeMs: Math.min(limits.wallMs, limits.cpuSeconds * 1000),
          outputBytes: limits.outputBytes,
        },
        signal,
      );
      return { ...answer, signal: null, wallMs: performance.now() - start, cpuMs: null, files: {} };
    } finally {
      if (thread.isUsable()) idle.push(thread);
    }
  }

  return {
    capabilities: { isolation: 'quickjs', languages: ['javascript'] },
    async run(program, { signal } = {}) {
      checkProgram(program);
      const either = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
      try {
        either.throwIfAborted();
        return await queue.add(() => run(program, either), { signal: either });
      } catch (error) {
        if (!either.aborted) throw error;
        throw new RlloomError('interrupted', { what: 'a run in QuickJS was ended', cause: either.reason });
      }
    },
    async close() {
      closing.abort(new Error('the sandbox was closed'));
      await queue.onIdle();
      await Promise.all(idle.splice(0).map((thread) => thread.close()));
    },
  };
}

function checkProgram({ language, files, fetchFiles }: SandboxRun): void {
  if (language !== 'javascript') {
    throw new RlloomError('reward', {
      what: `QuickJS cannot run ${language}`,
      fix: 'use createSandbox(), or a remote Sandbox Fusion',
    });
  }
  if (Object.keys(files ?? {}).length > 0 || (fetchFiles ?? []).length > 0) {
    throw new RlloomError('reward', {
      what: 'QuickJS has no files',
      fix: 'use createSandbox() for programs with files',
    });
  }
}
