import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { tf } from '../tf.ts';
import { loadWebgpuBackend, releaseWebgpuBackend } from './load-webgpu-backend.ts';

tf.env().set('PROD', true);
const backend = await loadWebgpuBackend();
afterAll(releaseWebgpuBackend);

describe.skipIf(!backend.loaded)(`webgpu (${backend.loaded ? backend.device : `skipped: ${backend.reason}`})`, () => {
  it('multiplies matrices', async () => {
    const a = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const product = tf.matMul(a, tf.tensor2d([5, 6, 7, 8], [2, 2]));
    expect(tf.getBackend()).toBe('webgpu');
    expect(Array.from(await product.data())).toEqual([19, 22, 43, 50]);
  });

  it('can be released and loaded again', async () => {
    releaseWebgpuBackend();
    expect(tf.findBackend('webgpu')).toBeNull();
    expect((await loadWebgpuBackend()).loaded).toBe(true);
    expect(Array.from(await tf.square(tf.tensor1d([1, 2, 3])).data())).toEqual([1, 4, 9]);
  });

  it('lets the process end once it is released', async () => {
    const code = `
      import { loadWebgpuBackend, releaseWebgpuBackend } from ${JSON.stringify(new URL('./load-webgpu-backend.ts', import.meta.url).href)};
      import { tf } from ${JSON.stringify(new URL('../tf.ts', import.meta.url).href)};
      tf.env().set('PROD', true);
      await loadWebgpuBackend();
      const [sum] = await tf.sum(tf.ones([64])).data();
      releaseWebgpuBackend();
      process.stdout.write('sum ' + sum);
    `;
    const args = ['--conditions=@rlloom/source', '--import', 'tsx', '--input-type=module', '-e', code];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 50_000 });
    expect(stdout).toBe('sum 64');
  });
});

it('says why it did not load, instead of throwing', () => {
  if (!backend.loaded) expect(backend.reason).toMatch(/not installed|adapter/);
  else expect(backend).toMatchObject({ tfjsBackendName: 'webgpu', libraryVersion: 'tfjs-backend-webgpu 4.22.0' });
});
