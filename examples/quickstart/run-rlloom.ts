import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Runs `rlloom` with arguments, as on the command line; a failure ends this process with its exit code. */
export async function rlloom(...args: string[]): Promise<void> {
  const command = fileURLToPath(new URL('bin/rlloom.mjs', import.meta.resolve('rlloom/package.json')));
  const child = spawn(process.execPath, [command, ...args], { stdio: 'inherit' });
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) process.exit(code ?? 1);
}
