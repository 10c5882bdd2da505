import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pathKind } from './path-kind.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlloom-kind-'));
  for (const path of ['run/metrics.jsonl', 'young-run/config.yaml', 'model/config.json', 'other/notes.txt', 'a.csv']) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), '');
  }
  for (const name of ['a.json', 'a.jsonl', 'a.JSONL.GZ', 'a.msgpack', 'a.audit'])
    await writeFile(join(folder, name), '');
});
afterAll(() => rm(folder, { recursive: true }));

it.each([
  ['run', 'run'],
  ['young-run', 'run'],
  ['model', 'model'],
  ['a.json', 'data'],
  ['a.jsonl', 'data'],
  ['a.JSONL.GZ', 'data'],
  ['a.msgpack', 'trajectories'],
  ['a.audit', 'audit'],
])('knows %s as a %s', async (name, kind) => expect(await pathKind(join(folder, name))).toBe(kind));

it.each([
  ['other', 'neither config.yaml or metrics.jsonl'],
  ['a.csv', 'none of .json'],
  ['missing', 'nothing to inspect'],
])('says what it expected instead of %s', async (name, text) => {
  await expect(pathKind(join(folder, name))).rejects.toThrow(text);
  await expect(pathKind(join(folder, name))).rejects.toMatchObject({ kind: 'data', where: join(folder, name) });
});
