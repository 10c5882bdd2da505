import { spawn } from 'node:child_process';

/** How a command ended. */
export interface CommandResult {
  /** 0 when it succeeded; null when it could not start or was ended by a signal. */
  readonly code: number | null;
  /** Why it did not run to its end: `ENOENT`, `SIGKILL`, ... */
  readonly failure: string | undefined;
  /** The end of what it wrote, at most 64,000 characters each. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Environment and limits of a command. */
export interface CommandOptions {
  readonly cwd?: string;
  /** Variables to set beside those of this process; undefined removes one. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Ends the command after so many milliseconds. Default: never. */
  readonly timeout?: number;
}

/** Runs a program without a shell and collects what it writes; never throws, a program that is not there is a result. */
export function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { cwd, env, timeout } = options;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      ...(cwd === undefined ? {} : { cwd }),
    });
    // Not spawn's own `timeout`: for a program that is not there its timer is never cleared, and Node waits for it.
    const timer = timeout === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), timeout);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout = (stdout + text).slice(-64_000);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-64_000);
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      resolve({ code: null, failure: error.code ?? error.message, stdout, stderr });
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, failure: signal ?? undefined, stdout, stderr });
    });
  });
}

/** The last lines of what a failed command wrote, for an error message. */
export function lastLines(result: CommandResult, count = 12): string {
  const text = result.stderr.trim() === '' ? result.stdout : result.stderr;
  return [
    ...text.trim().split('\n').slice(-count),
    ...(result.failure === undefined ? [] : [`(${result.failure})`]),
  ].join('\n');
}
