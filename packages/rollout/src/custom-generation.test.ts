import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GenerationParts, loadGeneration } from './custom-generation.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlloom-generation-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function moduleOf(source: string): Promise<string> {
  const file = join(folder, `${Math.floor(performance.now() * 1000)}.mjs`);
  await writeFile(file, source);
  return file;
}

describe('loadGeneration', () => {
  it('gives the function of a module, over what the run would do', async () => {
    const file = await moduleOf(
      'export default ({ collect }) => async (tasks, options) => (await collect(tasks, options)).slice(0, 1);',
    );
    const make = await loadGeneration(file);
    const tasks = ['a', 'b'].map((id) => ({ id, tag: 'x', messages: [] }));
    const parts = {
      collect: async (some: typeof tasks) => some.map((task) => ({ task, trajectories: [] })),
    } as unknown as GenerationParts;
    const collect = await make(parts);
    expect(await collect(tasks, { mode: 'train', seed: 1 })).toEqual([{ task: tasks[0], trajectories: [] }]);
  });

  it('says what is wrong with the others', async () => {
    await expect(loadGeneration(join(folder, 'none.mjs'))).rejects.toMatchObject({ kind: 'config' });
    await expect(loadGeneration(await moduleOf('throw new Error("no key")'))).rejects.toThrow(/no key/);
    await expect(loadGeneration(await moduleOf('export const other = 1;'))).rejects.toThrow(/it exports other/);
    await expect(loadGeneration(await moduleOf('export const other = 1;'), 'other')).rejects.toThrow(/no function/);
  });
});
