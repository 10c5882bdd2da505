import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCheckpointStore } from './checkpoint-store.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rlloom-checkpoints-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const at = (step: number, stage = 'rlvr', order = 1) => ({ stage, order, step });
const writeA = (text: string) => async (folder: string) => {
  await mkdir(join(folder, 'model'), { recursive: true });
  await writeFile(join(folder, 'model', 'a.txt'), text);
};

describe('createCheckpointStore', () => {
  it('saves, lists oldest first and opens the newest', async () => {
    const store = createCheckpointStore(directory, 5);
    await store.save(at(20), writeA('twenty'));
    await store.save(at(3, 'sft', 0), writeA('three'));
    await store.save(at(100), writeA('hundred'));
    expect((await store.list()).map((entry) => entry.name)).toEqual(['sft-000003', 'rlvr-000020', 'rlvr-000100']);
    const newest = await store.open();
    expect(newest?.step).toBe(100);
    expect(await readFile(join(newest?.directory ?? '', 'model', 'a.txt'), 'utf8')).toBe('hundred');
  });

  it('keeps the newest only', async () => {
    const store = createCheckpointStore(directory, 2);
    for (const step of [1, 2, 3]) await store.save(at(step), writeA(String(step)));
    expect(await readdir(directory)).toEqual(['rlvr-000002', 'rlvr-000003']);
  });

  it('leaves nothing behind when writing fails, and the older checkpoint stays', async () => {
    const store = createCheckpointStore(directory, 1);
    await store.save(at(1), writeA('one'));
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    await expect(store.save(at(2), () => Promise.reject(full))).rejects.toMatchObject({
      kind: 'storage',
      what: 'the disk is full',
    });
    expect(await readdir(directory)).toEqual(['rlvr-000001']);
    expect((await store.open())?.step).toBe(1);
  });

  it('ignores what a crash left and removes it at the next save', async () => {
    await mkdir(join(directory, '.partial-rlvr-000007'), { recursive: true });
    const store = createCheckpointStore(directory, 2);
    expect(await store.open()).toBeUndefined();
    await store.save(at(8), writeA('eight'));
    expect(await readdir(directory)).toEqual(['rlvr-000008']);
  });

  it('names the damaged file and the checkpoint to go back to', async () => {
    const store = createCheckpointStore(directory, 2);
    await store.save(at(1), writeA('one'));
    const second = await store.save(at(2), writeA('two'));
    await writeFile(join(second.directory, 'model', 'a.txt'), 'twO');
    await expect(store.open()).rejects.toMatchObject({
      kind: 'checkpoint',
      where: join(second.directory, 'model', 'a.txt'),
    });
    await expect(store.open()).rejects.toThrow(/--resume rlvr-000001/);
    expect((await store.open('rlvr-000001'))?.step).toBe(1);
  });

  it('names a missing file, a broken manifest and an unknown name', async () => {
    const store = createCheckpointStore(directory, 2);
    const entry = await store.save(at(1), writeA('one'));
    await rm(join(entry.directory, 'model', 'a.txt'));
    await expect(store.open()).rejects.toThrow(/missing or unreadable/);
    await expect(store.open('rlvr-000009')).rejects.toThrow(/choose one of rlvr-000001/);
    await writeFile(join(entry.directory, 'manifest.json'), '{');
    await expect(store.list()).rejects.toThrow(/its manifest is not JSON/);
  });
});
