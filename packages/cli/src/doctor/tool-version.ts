import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The first line a program prints for `--version`, of the first of `names` that is there; `undefined` = none is. */
export async function toolVersion(...names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    try {
      const { stdout, stderr } = await run(name, ['--version'], { timeout: 20_000 });
      return `${name}: ${(stdout.trim() === '' ? stderr : stdout).trim().split('\n', 1)[0]}`;
    } catch {
      // Not there, or it does not start: the next name.
    }
  }
  return undefined;
}
