import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkerPlan } from '../worker/messages.ts';
import { startWorkerThreads } from './worker-threads.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlloom-rewards-'));
});
afterAll(() => rm(folder, { recursive: true }));

const plan: WorkerPlan = { units: [], concurrency: 1 };

describe('startWorkerThreads', () => {
  it('says so when the program of the threads is missing', () => {
    const workerFile = join(folder, 'none.js');
    expect(() => startWorkerThreads(plan, { size: 1, memoryLimitMb: 64, workerFile })).toThrow(
      expect.objectContaining({
        kind: 'reward',
        where: workerFile,
        fix: expect.stringContaining('npm run build') as string,
      }),
    );
  });

  it.each([
    ['throws', "await 0; throw new Error('broken at load');", 'broken at load'],
    ['exits', 'await 0; process.exit(5);', 'process.exit with code 5'],
  ])('says so when the program %s while it loads', async (name, code, reason) => {
    const workerFile = join(folder, `${name}.mjs`);
    await writeFile(workerFile, code);
    const threads = startWorkerThreads(plan, { size: 2, memoryLimitMb: 64, workerFile });
    await expect(threads.prepare()).rejects.toMatchObject({
      kind: 'reward',
      what: expect.stringContaining(reason) as string,
    });
    await threads.close();
  });

  it('reports a request that cannot cross to a thread', async () => {
    const unit = { domain: 'a', scope: 'sample', timeoutMs: 1000, parts: [] } as const;
    const threads = startWorkerThreads({ ...plan, units: [unit] }, { size: 1, memoryLimitMb: 64 });
    const task = { id: '1', tag: 'a', messages: [], extra: { callback: () => 1 } };
    const request = { task, responseText: '', responseTokenCount: 0, stopReason: 'eos' } as const;
    const outcome = await threads.run([{ unit: 0, requests: [request] }], new AbortController().signal);
    expect(outcome).toMatchObject({
      kind: 'died',
      cause: 'crash',
      message: expect.stringContaining('could not be cloned') as string,
    });
    await threads.close();
  });
});
