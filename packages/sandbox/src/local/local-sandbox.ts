import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import { RlloomError } from '@rlloom/spec';
import PQueue from 'p-queue';
import { resolveLimits } from '../limits.ts';
import type { Sandbox, SandboxCapabilities, SandboxLimits, SandboxResult, SandboxRun } from '../sandbox.ts';
import { checkPath, programFiles } from './files.ts';
import type { LocalIsolation } from './isolation.ts';
import { languagesOf, planLanguage, withoutTypes } from './languages.ts';
import { interrupted, type PreparedRun, runProgram } from './run-program.ts';
import { type SlotUser, slotUser } from './slots.ts';

/** Options of a sandbox on this machine. */
export interface LocalSandboxOptions {
  /** Runs at the same time; more wait. Default: the cores of this machine. */
  readonly concurrency?: number | undefined;
  /** Limits of runs that name none themselves. */
  readonly limits?: Partial<SandboxLimits> | undefined;
  /** Known Python sources and their names among what the toolchain has compiled. */
  readonly preludes: ReadonlyMap<string, string>;
}

/** A sandbox that runs programs as processes of this machine. */
export function localSandbox(isolation: LocalIsolation, options: LocalSandboxOptions): Sandbox {
  const concurrency = options.concurrency ?? availableParallelism();
  const queue = new PQueue({ concurrency });
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const free = Array.from({ length: concurrency }, slotUser);
  const capabilities: SandboxCapabilities = { isolation: isolation.name, languages: languagesOf(isolation.toolchain) };
  let closed: Promise<void> | undefined;

  async function run(program: SandboxRun, signal: AbortSignal): Promise<SandboxResult> {
    const prepared = await prepare(program, isolation, options);
    // A place is free whenever the queue starts something: there are as many as it starts at once.
    const user: SlotUser | null = free.pop() ?? null;
    try {
      return await runProgram(isolation, prepared, { user, signal });
    } finally {
      free.push(user);
    }
  }

  return {
    capabilities,
    async run(program, { signal } = {}) {
      const either = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
      if (either.aborted) throw interrupted(either);
      try {
        return await queue.add(() => run(program, either), { signal: either });
      } catch (error) {
        throw either.aborted ? interrupted(either) : error;
      }
    },
    async close() {
      closed ??= (async () => {
        closing.abort(new Error('the sandbox was closed'));
        await queue.onIdle();
        isolation.close();
      })();
      await closed;
    },
  };
}

async function prepare(
  program: SandboxRun,
  { toolchain, name }: LocalIsolation,
  options: LocalSandboxOptions,
): Promise<PreparedRun> {
  const limits = resolveLimits({ ...options.limits, ...program.limits });
  const code = program.language === 'typescript' ? await withoutTypes(program.code) : program.code;
  const plan = planLanguage({ language: program.language, code }, toolchain, limits);
  if (plan === null) {
    throw new RlloomError('reward', {
      what: `the ${name} sandbox of this machine cannot run ${program.language}`,
      fix: program.language === 'pytest' ? 'install pytest for its Python' : 'see `rlloom doctor`',
    });
  }
  for (const path of program.fetchFiles ?? []) checkPath(path);
  const prelude = program.language === 'python' ? options.preludes.get(program.code) : undefined;
  return {
    program,
    plan,
    limits,
    files: [...programFiles(plan.files), ...programFiles(program.files)],
    compiled: prelude === undefined ? null : (toolchain.python.compiled[prelude] ?? null),
  };
}
