import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RolloutEngine, WeightSource } from '@rlloom/spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publishWeights } from './publish-weights.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rlloom-publish-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

function recorder(): { readonly engine: RolloutEngine; readonly told: WeightSource[] } {
  const told: WeightSource[] = [];
  const nothing = async (): Promise<void> => undefined;
  const engine: RolloutEngine = {
    capabilities: {
      name: 'recorder',
      logProbs: 'none',
      weightUpdate: 'full',
      maxSequenceLength: 1,
      seeded: true,
      stopStrings: true,
    },
    generate: async () => [],
    updateWeights: async (source) => void told.push(source),
    pause: nothing,
    resume: nothing,
    close: nothing,
  };
  return { engine, told };
}

const writeWeights = (text: string) => async (directory: string) => {
  await mkdir(directory);
  await writeFile(join(directory, 'weights'), text);
};

describe('publishWeights', () => {
  it('writes a folder per version, tells the engine, and keeps the newest', async () => {
    const { engine, told } = recorder();
    let step = 0;
    const publishing = publishWeights(engine, {
      directory: root,
      kind: 'checkpoint',
      write: (directory) => writeWeights(`of step ${step}`)(directory),
    });
    expect(publishing.capabilities.weightUpdate).toBe('shared');
    for (step = 0; step < 4; step++) await publishing.updateWeights({ kind: 'shared', version: step });
    expect((await readdir(root)).sort()).toEqual(['v2', 'v3']);
    expect((await readdir(join(root, 'v3'))).sort()).toEqual(['PUBLISHED', 'weights']);
    expect(await readFile(join(root, 'v3', 'weights'), 'utf8')).toBe('of step 3');
    expect(told).toEqual(
      [0, 1, 2, 3].map((version) => ({ kind: 'checkpoint', directory: join(root, `v${version}`), version })),
    );
  });

  it('leaves nothing half written, and clears what a crash left', async () => {
    const { engine, told } = recorder();
    await mkdir(join(root, '.partial-v7'));
    const failing = publishWeights(engine, {
      directory: root,
      kind: 'adapter',
      write: async (directory) => {
        await writeWeights('half')(directory);
        throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      },
    });
    await expect(failing.updateWeights({ kind: 'shared', version: 1 })).rejects.toMatchObject({ kind: 'storage' });
    expect(await readdir(root)).toEqual([]);
    expect(told).toEqual([]);
  });

  it('writes a version anew that a run before it left', async () => {
    const { engine } = recorder();
    for (const text of ['first run', 'second run']) {
      const publishing = publishWeights(engine, { directory: root, kind: 'adapter', write: writeWeights(text) });
      await publishing.updateWeights({ kind: 'shared', version: 1 });
    }
    expect(await readFile(join(root, 'v1', 'weights'), 'utf8')).toBe('second run');
    await publishWeights(engine, { directory: root, kind: 'adapter', write: writeWeights('') }).updateWeights({
      kind: 'adapter',
      directory: '/elsewhere',
      version: 9,
    });
    expect(await readdir(root)).toEqual(['v1']);
  });
});
