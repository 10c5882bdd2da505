import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs a command in the repository and resolves with its exit code; a signal counts as 1.
 *
 * @param {string[]} command the program and its arguments; `node` is this Node
 * @param {{ env?: Record<string, string>, cwd?: string }} options
 * @returns {Promise<number>}
 */
export function run([program, ...args], { env = {}, cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program === 'node' ? process.execPath : program, args, {
      cwd,
      stdio: 'inherit',
      env: { ...process.env, ...env },
    });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** npm as a command for `run`: the npm that started us, or the one on the PATH. */
export function npm(...args) {
  const script = process.env.npm_execpath;
  if (script?.endsWith('.js')) return ['node', script, ...args];
  return process.platform === 'win32' ? ['cmd.exe', '/d', '/c', 'npm', ...args] : ['npm', ...args];
}

/** Like `run`, but a failing command ends this process with the command's exit code. */
export async function runOrExit(command, options) {
  const code = await run(command, options);
  if (code !== 0) process.exit(code);
}
