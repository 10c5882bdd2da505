import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { findInstalledPackage } from '../native/find-installed-package.ts';
import { selectBackend } from './select-backend.ts';

// In a file of its own: a process that has loaded the native library once finds it again wherever it looks.
const cacheDirectory = fileURLToPath(new URL('no-such-folder', import.meta.url));

it.skipIf(findInstalledPackage('cpu') !== undefined)(
  'says what to do when the backend asked for does not load',
  async () => {
    await expect(selectBackend({ backend: 'tfjs-node', cacheDirectory })).rejects.toMatchObject({
      kind: 'backend',
      what: expect.stringContaining('the backend "tfjs-node" does not load') as string,
      fix: expect.stringContaining('rlloom setup --backend cpu') as string,
    });
  },
);

it('passes over what does not load when it may choose', async () => {
  const { name, tried } = await selectBackend({ cacheDirectory });
  if (findInstalledPackage('cpu') === undefined) expect(name).toBe('wasm');
  expect(tried.map((attempt) => attempt.name)).toContain('tfjs-node-gpu');
});
