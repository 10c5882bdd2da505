import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRlloomError } from '@rlloom/spec';
import { describe, expect, it } from 'vitest';
import { createJudgeCache, judgeCacheKey } from './judge-cache.ts';

const answer = { text: 'VERDICT', promptTokens: 3, completionTokens: null };
const folder = () => mkdtemp(join(tmpdir(), 'judge-cache-'));

describe('createJudgeCache', () => {
  it('keeps the last used answers', async () => {
    const cache = createJudgeCache({ memoryEntries: 2, directory: null });
    for (const key of ['a', 'b']) await cache.set(key, answer);
    expect(await cache.get('a')).toEqual(answer);
    await cache.set('c', answer);
    expect([await cache.get('a'), await cache.get('b'), await cache.get('c')]).toEqual([answer, undefined, answer]);
  });

  it('keeps nothing where it has nowhere to', async () => {
    const cache = createJudgeCache({ memoryEntries: 0, directory: null });
    await cache.set('a', answer);
    expect(await cache.get('a')).toBeUndefined();
  });

  it.each(['content', 'index'])('outlives the process in a folder; damaged %s counts as absent', async (part) => {
    const directory = await folder();
    const key = judgeCacheKey(['model', { question: 1 }]);
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    const open = () => createJudgeCache({ memoryEntries: 0, directory });
    expect(await open().get(key)).toBeUndefined();
    await open().set(key, answer);
    expect(await open().get(key)).toEqual(answer);
    const files = (await readdir(directory, { recursive: true, withFileTypes: true }))
      .filter((file) => file.isFile())
      .map((file) => join(file.parentPath, file.name))
      .filter((file) => file.includes(part));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) await writeFile(file, (await readFile(file, 'utf8')).slice(0, -3));
    expect(await open().get(key)).toBeUndefined();
    await open().set(key, answer);
    expect(await open().get(key)).toEqual(answer);
  });

  it('says when the folder cannot be written', async () => {
    const file = join(await folder(), 'file');
    await writeFile(file, '');
    const error: unknown = await createJudgeCache({ memoryEntries: 1, directory: file })
      .set('a', answer)
      .catch((caught: unknown) => caught);
    expect(isRlloomError(error) && error.kind).toBe('storage');
  });
});
