import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../testing/run-command.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlloom-setup-'));
  // A compiler that takes its time to say its version: something to interrupt.
  await writeFile(join(folder, 'g++'), '#!/bin/sh\nexec /bin/sleep 2\n');
  await chmod(join(folder, 'g++'), 0o755);
});
afterAll(() => rm(folder, { recursive: true }));

const environment = (path: string): Record<string, string> => ({
  PATH: path,
  CXX: '',
  RLLOOM_CACHE: join(folder, 'cache'),
});

describe.skipIf(process.platform !== 'linux')('rlloom setup', () => {
  it('says what to install where there is no compiler', async () => {
    const { code, stdout, stderr } = await runCommand(['setup', '--backend', 'cpu'], { env: environment('') });
    expect({ code, stdout }).toEqual({ code: 8, stdout: '' });
    expect(stderr).toContain('error (backend): ');
    expect(stderr).toContain('no C++ compiler found');
    expect(stderr).toContain('apt-get install g++');
  });

  it('wants to know which backend', async () => {
    const { code, stderr } = await runCommand(['setup']);
    expect(code).toBe(2);
    expect(stderr).toContain("required option '--backend <kind>'");
  });

  it('stops after the first interrupt, when what runs is done', async () => {
    const { code, stderr } = await runCommand(['setup', '--backend', 'cpu'], {
      env: environment(folder),
      whileRunning: async ({ stderr: written, kill }) => {
        await until(() => written().includes('looking for compiler'));
        kill('SIGINT');
      },
    });
    expect(code).toBe(130);
    expect(stderr).toContain('Stopping at the next safe point');
    expect(stderr).toContain('error (interrupted): setup was interrupted');
    expect(stderr).toContain('it goes on where it stopped');
  });

  it('ends at once at the second', async () => {
    const { code, stderr } = await runCommand(['setup', '--backend', 'cpu'], {
      env: environment(folder),
      whileRunning: async ({ stderr: written, kill }) => {
        await until(() => written().includes('looking for compiler'));
        kill('SIGINT');
        await until(() => written().includes('Stopping'));
        kill('SIGINT');
      },
    });
    expect(code).toBe(130);
    expect(stderr).not.toContain('setup was interrupted');
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}
