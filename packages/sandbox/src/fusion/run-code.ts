import { constants } from 'node:os';
import { isRlloomError } from '@rlloom/spec';
import type { Sandbox, SandboxLanguage, SandboxLimits, SandboxResult, SandboxRun } from '../sandbox.ts';
import { typescriptToJavascript } from '../typescript/typescript-to-javascript.ts';
import type { CommandResult, RunCodeRequest, RunCodeResponse } from './fusion-api.ts';

/** Where a request is run. */
export interface RunPlace {
  readonly sandbox: Sandbox;
  readonly signal: AbortSignal;
  /** Memory of a request that names none, MiB. */
  readonly memoryMb: number;
}

type FusionLanguage = RunCodeRequest['language'];

const sandboxLanguages: Readonly<Partial<Record<FusionLanguage, SandboxLanguage>>> = {
  python: 'python',
  pytest: 'pytest',
  nodejs: 'javascript',
  typescript: 'typescript',
  bash: 'bash',
};

/** The languages of the API that a sandbox runs. */
export function servedLanguages({ capabilities }: Sandbox): FusionLanguage[] {
  const names = Object.entries(sandboxLanguages) as [FusionLanguage, SandboxLanguage][];
  return names
    .filter(([, language]) => capabilities.languages.includes(language === 'typescript' ? 'javascript' : language))
    .map(([name]) => name);
}

/**
 * Answers `POST /run_code`. A program that fails is an answer; a sandbox that fails is the status `SandboxError`.
 *
 * @throws RlloomError `interrupted` when the signal aborts
 */
export async function runCode(request: RunCodeRequest, place: RunPlace): Promise<RunCodeResponse> {
  const { run_timeout: timeout, memory_limit_MB: memory } = request;
  const limits = {
    wallMs: Math.max(1, timeout * 1000),
    cpuSeconds: Math.max(1, timeout),
    ...memoryLimit(memory, place),
  };
  const files = decodeFiles(request.files);
  let { code } = request;
  let language = sandboxLanguages[request.language] ?? 'python';
  if (language === 'typescript') {
    const converted = await typescriptToJavascript(code);
    if ('problem' in converted) return respond(failedLoad(converted.problem), {});
    code = converted.code;
    language = 'javascript';
  }
  return runProgram(
    { code, language, stdin: request.stdin ?? '', files, fetchFiles: request.fetch_files, limits },
    place,
  );
}

async function runProgram(program: SandboxRun, { sandbox, signal }: RunPlace): Promise<RunCodeResponse> {
  let result: SandboxResult;
  try {
    result = await sandbox.run(program, { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    const message = isRlloomError(error) ? error.what : error instanceof Error ? error.message : String(error);
    return sandboxError(message);
  }
  return respond(commandOf(result), encodeFiles(result));
}

/** The answer when nothing can be said about the program. */
export function sandboxError(message: string): RunCodeResponse {
  return {
    status: 'SandboxError',
    message,
    compile_result: null,
    run_result: null,
    executor_pod_name: null,
    files: {},
  };
}

function respond(command: CommandResult, files: Readonly<Record<string, string>>): RunCodeResponse {
  const success = command.status === 'Finished' && command.return_code === 0;
  return {
    status: success ? 'Success' : 'Failed',
    message: '',
    compile_result: null,
    run_result: command,
    executor_pod_name: null,
    files,
  };
}

/** What a run is in the terms of the API; one that a limit other than time has ended was killed. */
export function commandOf({ end, exitCode, signal, stdout, stderr, wallMs }: SandboxResult): CommandResult {
  const base = { execution_time: wallMs / 1000, stdout, stderr };
  if (end === 'timeout' || end === 'cpu') return { ...base, status: 'TimeLimitExceeded', return_code: null };
  if (end === 'exited') return { ...base, status: 'Finished', return_code: exitCode };
  const signals: Readonly<Record<string, number>> = constants.signals;
  const number = signals[signal ?? 'SIGKILL'] ?? constants.signals.SIGKILL;
  const note = end === 'signal' ? '' : `\nended: the limit of ${end} was reached`;
  return { ...base, stderr: `${stderr}${note}`, status: 'Finished', return_code: -number };
}

function failedLoad(problem: string): CommandResult {
  return { status: 'Finished', execution_time: 0, return_code: 1, stdout: '', stderr: `SyntaxError: ${problem}\n` };
}

/** Limits of a request; -1 is the default of the server. */
export function memoryLimit(
  megabytes: number,
  { memoryMb }: Pick<RunPlace, 'memoryMb'>,
): Pick<SandboxLimits, 'memoryMb'> {
  return { memoryMb: megabytes > 0 ? megabytes : memoryMb };
}

/** Files of a request; `null` stands for no file. */
export function decodeFiles(files: Readonly<Record<string, string | null>>): Record<string, Uint8Array> {
  const given = Object.entries(files).filter((entry): entry is [string, string] => entry[1] !== null);
  return Object.fromEntries(given.map(([path, data]) => [path, new Uint8Array(Buffer.from(data, 'base64'))]));
}

/** Files of a run, for an answer. */
export function encodeFiles({ files }: SandboxResult): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, data]) => [path, Buffer.from(data).toString('base64')]));
}
