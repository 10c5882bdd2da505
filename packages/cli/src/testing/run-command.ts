import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a finished command left behind. */
export interface FinishedCommand {
  /** `null` when a signal ended the process. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const bin = fileURLToPath(new URL('../../bin/rlloom.mjs', import.meta.url));

/**
 * Runs the built command line in a child process, as a user would.
 *
 * @param argv the arguments after `rlloom`
 * @param options folder to run in, further environment variables, and a hook that sees the process while it runs
 */
export async function runCommand(
  argv: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly whileRunning?: (process: {
      readonly stderr: () => string;
      kill(signal: NodeJS.Signals): void;
    }) => Promise<void>;
  } = {},
): Promise<FinishedCommand> {
  const child = spawn(process.execPath, [bin, ...argv], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  await options.whileRunning?.({ stderr: () => stderr, kill: (signal) => child.kill(signal) });
  return { code: await closed, stdout, stderr };
}
