import { rm } from 'node:fs/promises';
import { afterAll, beforeAll } from 'vitest';
import { makeTinyRun, type TinyRun } from './tiny-run.ts';

/**
 * Makes a tiny run for the tests of a file, and its folder the current one until they are done.
 *
 * @returns the run, to be read in tests and hooks
 */
export function insideTinyRun(): Pick<TinyRun, 'directory'> {
  let tiny: TinyRun | undefined;
  let previous = '';
  beforeAll(async () => {
    tiny = await makeTinyRun();
    previous = process.cwd();
    process.chdir(tiny.directory);
  });
  afterAll(async () => {
    process.chdir(previous);
    if (tiny !== undefined) await rm(tiny.directory, { recursive: true, force: true });
  });
  return {
    get directory() {
      if (tiny === undefined) throw new Error('the tiny run is made when the first test begins');
      return tiny.directory;
    },
  };
}
