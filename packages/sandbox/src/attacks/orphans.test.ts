import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { probeSandbox } from '../create-sandbox.ts';
import { processesNamed } from './attack.ts';

// A thread or process of its own cannot read TypeScript, so these start what is built.
const entry = new URL('../../dist/index.js', import.meta.url).href;
const { isolations } = await probeSandbox();

/** Starts a run whose processes carry `mark`: the program, a child, and a grandchild in the background. */
const host = (isolation: string, mark: string): string => `
import(${JSON.stringify(entry)}).then(async ({ createSandbox }) => {
  const sandbox = await createSandbox({ isolation: ${JSON.stringify(isolation)} });
  await sandbox.run({ language: 'python', limits: { wallMs: 100_000 }, code: ${JSON.stringify(`
import ctypes, os, signal, time
ctypes.CDLL(None).prctl(15, b'${mark}', 0, 0, 0)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    if os.fork() == 0:
        open('x', 'w').write('x')
time.sleep(1000)
`)} });
});
`;

for (const { name, works, detail } of isolations) {
  describe.skipIf(!works)(`runs in ${name} end${works ? '' : ` (not here: ${detail})`}`, () => {
    it('with a thread that is terminated', async () => {
      const mark = `rlt${process.pid}${name[0] ?? ''}`;
      const folders = runFolders();
      const worker = new Worker(host(name, mark), { eval: true, execArgv: [] });
      await until(() => processesNamed(mark).length === 3);
      await worker.terminate();
      await until(() => processesNamed(mark).length === 0);
      await until(() => runFolders().every((folder) => folders.includes(folder)));
    });

    it('with a process that is killed', async () => {
      const mark = `rlp${process.pid}${name[0] ?? ''}`;
      const folders = runFolders();
      const child = spawn(process.execPath, ['-e', host(name, mark)], { stdio: 'ignore' });
      await until(() => processesNamed(mark).length === 3);
      child.kill('SIGKILL');
      await until(() => processesNamed(mark).length === 0);
      await until(() => runFolders().every((folder) => folders.includes(folder)));
    });
  });
}

function runFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('rlloom-run-'));
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1500 && !holds(); tries += 1) await sleep(20);
  expect(holds()).toBe(true);
}
