import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { RlloomError } from '@rlloom/spec';
import PQueue from 'p-queue';
import { resolveLimits } from '../limits.ts';
import type { Sandbox, SandboxLanguage, SandboxLimits, SandboxResult, SandboxRun } from '../sandbox.ts';
import { type CommandResult, type RunCodeResponse, runCodeResponse } from './fusion-api.ts';

/** Options of a remote sandbox. */
export interface FusionSandboxOptions {
  /** Address of the server, with or without `/run_code`, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string;
  /** Requests at the same time; more wait. Default 32 */
  readonly concurrency?: number;
  /** Tries of one run. Default 3 */
  readonly attempts?: number;
  /** Milliseconds before the second try; doubled before each further one. Default 500 */
  readonly retryDelayMs?: number;
  /** Milliseconds a request may take beyond the limits of its run: the way, and waiting at the server. Default 10,000 */
  readonly marginMs?: number;
  /** Limits of runs that name none themselves. */
  readonly limits?: Partial<SandboxLimits>;
}

const languages: Readonly<Record<SandboxLanguage, string>> = {
  python: 'python',
  pytest: 'pytest',
  javascript: 'nodejs',
  typescript: 'typescript',
  bash: 'bash',
};

/**
 * A sandbox on another machine that speaks Sandbox Fusion's HTTP API. A run is tried again when the server is busy
 * (429, 502, 503, 504, heeding `Retry-After`) or could not be reached. The API has no limits on processor time, output or
 * files, and measures no processor time (`cpuMs` is `null`): those are the server's.
 *
 * `run` rejects with `RlloomError` `reward` when the server fails, `interrupted` when the signal aborts.
 *
 * @example
 * ```ts
 * const sandbox = createFusionSandbox({ url: 'http://127.0.0.1:8080' });
 * const { stdout } = await sandbox.run({ language: 'python', code: 'print(6 * 7)' });
 * await sandbox.close();
 * ```
 */
export function createFusionSandbox(options: FusionSandboxOptions): Sandbox {
  const address = `${options.url.replace(/\/(?:run_code\/?)?$/, '')}/run_code`;
  const queue = new PQueue({ concurrency: options.concurrency ?? 32 });
  const closing = new AbortController();
  return {
    capabilities: { isolation: 'remote', languages: Object.keys(languages) as SandboxLanguage[] },
    async run(program, { signal } = {}) {
      const either = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
      try {
        either.throwIfAborted();
        return await queue.add(() => runRemotely(address, program, { ...options, signal: either }), { signal: either });
      } catch (error) {
        if (!either.aborted) throw error;
        throw new RlloomError('interrupted', { what: 'a remote run was ended', cause: either.reason });
      }
    },
    async close() {
      closing.abort(new Error('the sandbox was closed'));
      await queue.onIdle();
    },
  };
}

type RemoteOptions = FusionSandboxOptions & { readonly signal: AbortSignal };

async function runRemotely(address: string, program: SandboxRun, options: RemoteOptions): Promise<SandboxResult> {
  const limits = resolveLimits({ ...options.limits, ...program.limits });
  const body = JSON.stringify({
    code: program.code,
    language: languages[program.language],
    stdin: program.stdin ?? '',
    compile_timeout: limits.wallMs / 1000,
    run_timeout: limits.wallMs / 1000,
    memory_limit_MB: limits.memoryMb,
    files: Object.fromEntries(
      Object.entries(program.files ?? {}).map(([path, data]) => [path, Buffer.from(data).toString('base64')]),
    ),
    fetch_files: program.fetchFiles ?? [],
  });
  const start = performance.now();
  const answer = await request(address, body, {
    ...options,
    timeoutMs: 2 * limits.wallMs + (options.marginMs ?? 10_000),
  });
  return resultOf(answer, address, performance.now() - start);
}

const worthRetrying: ReadonlySet<number> = new Set([429, 502, 503, 504]);

async function request(
  address: string,
  body: string,
  options: RemoteOptions & { readonly timeoutMs: number },
): Promise<RunCodeResponse> {
  const { attempts = 3, retryDelayMs = 500, token, signal, timeoutMs } = options;
  let problem = '';
  let cause: unknown;
  for (let attempt = 0; attempt < attempts; attempt++) {
    let waitMs = retryDelayMs * 2 ** attempt;
    try {
      const response = await fetch(address, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      if (response.ok) return await readAnswer(response, address);
      problem = `it answered ${response.status}: ${(await response.text()).slice(0, 300)}`;
      if (!worthRetrying.has(response.status)) throw failed(address, problem);
      const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
      if (Number.isFinite(seconds)) waitMs = Math.min(30_000, seconds * 1000);
    } catch (error) {
      if (signal.aborted || error instanceof RlloomError) throw error;
      problem = describeProblem(error, timeoutMs);
      cause = error;
    }
    if (attempt + 1 < attempts) await sleep(waitMs, undefined, { signal });
  }
  throw failed(address, `${problem} (${attempts} tries)`, cause);
}

async function readAnswer(response: Response, address: string): Promise<RunCodeResponse> {
  const text = await response.text();
  try {
    return runCodeResponse.parse(JSON.parse(text));
  } catch (error) {
    throw failed(address, `its answer is not one of Sandbox Fusion: ${text.slice(0, 200)}`, error);
  }
}

function describeProblem(error: unknown, timeoutMs: number): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `it did not answer within ${timeoutMs} ms`;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return `it could not be reached: ${cause instanceof Error ? cause.message || cause.name : String(cause)}`;
}

function failed(address: string, what: string, cause?: unknown): RlloomError {
  return new RlloomError('reward', {
    what: `the remote sandbox failed: ${what}`,
    where: address,
    fix: 'see whether a Sandbox Fusion runs there: GET /v1/ping answers "pong"',
    cause,
  });
}

function resultOf(answer: RunCodeResponse, address: string, wallMs: number): SandboxResult {
  const { compile_result: compiled, run_result: ran } = answer;
  const failedCompile = compiled !== null && (compiled.status !== 'Finished' || compiled.return_code !== 0);
  const command = failedCompile ? compiled : ran;
  if (answer.status === 'SandboxError' || command === null || command.status === 'Error') {
    throw failed(address, answer.message || command?.stderr || 'it says SandboxError');
  }
  const files = Object.fromEntries(
    Object.entries(answer.files).map(([path, data]) => [path, new Uint8Array(Buffer.from(data, 'base64'))]),
  );
  return {
    ...endOf(command),
    stdout: command.stdout ?? '',
    stderr: command.stderr ?? '',
    wallMs: command.execution_time === null ? wallMs : command.execution_time * 1000,
    cpuMs: null,
    files,
  };
}

/** A negative code is the number of a signal, as Python's `subprocess` has it. */
function endOf({ status, return_code: code }: CommandResult): Pick<SandboxResult, 'end' | 'exitCode' | 'signal'> {
  if (status === 'TimeLimitExceeded') return { end: 'timeout', exitCode: null, signal: null };
  if (code !== null && code < 0) return { end: 'signal', exitCode: null, signal: signalName(-code) };
  return { end: 'exited', exitCode: code, signal: null };
}

function signalName(number: number): string {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return found?.[0] ?? `signal ${number}`;
}
