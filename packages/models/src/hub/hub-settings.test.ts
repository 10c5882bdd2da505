import { mkdtemp, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hubSettings } from './hub-settings.ts';

it.each([
  [{}, join(homedir(), '.cache', 'huggingface', 'hub')],
  [{ XDG_CACHE_HOME: '/x' }, '/x/huggingface/hub'],
  [{ XDG_CACHE_HOME: '/x', HF_HOME: '~/hf' }, join(homedir(), 'hf', 'hub')],
  [{ HF_HOME: '/hf', HUGGINGFACE_HUB_CACHE: '/old' }, '/old'],
  [{ HF_HOME: '/hf', HUGGINGFACE_HUB_CACHE: '/old', HF_HUB_CACHE: '/hub' }, '/hub'],
  [{ HF_HOME: ' ' }, join(homedir(), '.cache', 'huggingface', 'hub')],
])('the cache for %j', async (env, expected) => {
  expect((await hubSettings({ env })).cacheDirectory).toBe(expected);
  expect((await hubSettings({ env, cacheDirectory: '/mine' })).cacheDirectory).toBe('/mine');
});

it('endpoint and offline mode', async () => {
  const of = (env: Record<string, string>) => hubSettings({ env });
  expect(await of({})).toMatchObject({ endpoint: 'https://huggingface.co', offline: false, revision: 'main' });
  expect(await of({ HF_ENDPOINT: 'https://mirror/hf//' })).toMatchObject({ endpoint: 'https://mirror/hf' });
  expect(await of({ HF_HUB_OFFLINE: 'true' })).toMatchObject({ offline: true });
  expect(await of({ TRANSFORMERS_OFFLINE: '1' })).toMatchObject({ offline: true });
  expect(await of({ HF_HUB_OFFLINE: '0', TRANSFORMERS_OFFLINE: '' })).toMatchObject({ offline: false });
  expect(await hubSettings({ env: { HF_HUB_OFFLINE: '1' }, offline: false })).toMatchObject({ offline: false });
});

it('the token: option, variable, file', async () => {
  const home = await mkdtemp(join(tmpdir(), 'rlloom-token-'));
  const token = async (env: Record<string, string>, option?: string | null) =>
    (await hubSettings({ env: { HF_HOME: home, ...env }, ...(option === undefined ? {} : { token: option }) })).token;
  expect(await token({})).toBeUndefined();
  await writeFile(join(home, 'token'), '\n');
  expect(await token({})).toBeUndefined();
  await writeFile(join(home, 'token'), 'file\n');
  await writeFile(join(home, 'other'), 'other');
  expect(await token({})).toBe('file');
  expect(await token({ HF_TOKEN_PATH: join(home, 'other') })).toBe('other');
  expect(await token({ HUGGING_FACE_HUB_TOKEN: 'old' })).toBe('old');
  expect(await token({ HUGGING_FACE_HUB_TOKEN: 'old', HF_TOKEN: 'new' })).toBe('new');
  expect(await token({ HF_TOKEN: 'new' }, 'mine')).toBe('mine');
  expect(await token({ HF_TOKEN: 'new' }, null)).toBeUndefined();
});
