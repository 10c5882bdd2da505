import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findInstalledPackage } from './find-installed-package.ts';
import { loadNativeBackend } from './load-native-backend.ts';
import { hasNvidiaDevice } from './nvidia-device.ts';

const require = createRequire(import.meta.url);
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlloom-load-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A project whose node_modules holds a tfjs-node: the JavaScript side of one, on tfjs's cpu kernels. */
async function project(
  name: string,
  { version = '4.22.0', code = '' }: { version?: string; code?: string },
): Promise<string> {
  const files = {
    '@tensorflow/tfjs/index.js': `module.exports = require(${JSON.stringify(require.resolve('@tensorflow/tfjs-core'))});`,
    '@tensorflow/tfjs-node/package.json': JSON.stringify({ name: '@tensorflow/tfjs-node', version }),
    '@tensorflow/tfjs-node/index.js': `
      const tf = require('@tensorflow/tfjs');
      const { MathBackendCPU } = require(${JSON.stringify(require.resolve('@tensorflow/tfjs-backend-cpu'))});
      ${code}
      if (!require('node:util').isNullOrUndefined(null)) throw new Error('util');
      for (const kernel of tf.getKernelsForBackend('cpu')) tf.registerKernel({ ...kernel, backendName: 'tensorflow' });
      const extra = { isUsingGpuDevice: false, binding: { TF_Version: '2.9.1' } };
      tf.registerBackend('tensorflow', () => Object.assign(new MathBackendCPU(), extra));
      tf.setBackend('tensorflow');`,
  };
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, name, 'node_modules', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  return join(folder, name);
}

async function loadIn(cwd: string): Promise<unknown> {
  const url = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  const code = `
    const { loadNativeBackend } = await import(${url('./load-native-backend.ts')});
    const { tf } = await import(${url('../tf.ts')});
    const result = await loadNativeBackend({ kind: 'cpu', cacheDirectory: ${JSON.stringify(join(folder, 'empty'))} });
    const again = await loadNativeBackend({ kind: 'cpu', cacheDirectory: ${JSON.stringify(join(folder, 'empty'))} });
    const same = JSON.stringify(again) === JSON.stringify(result);
    const sum = result.loaded ? (await tf.sum(tf.tensor1d([1, 2, 3])).data())[0] : 0;
    console.log(JSON.stringify({ ...result, same, sum, backend: tf.getBackend() ?? null }));`;
  const args = ['--conditions=@rlloom/source', '--import', require.resolve('tsx'), '--input-type=module', '-e', code];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

it("takes the user's own tfjs-node, found from the current folder", async () => {
  const directory = join(await project('own', {}), 'node_modules/@tensorflow/tfjs-node');
  expect(findInstalledPackage('cpu', join(folder, 'own'))).toEqual({
    name: '@tensorflow/tfjs-node',
    version: '4.22.0',
    directory,
  });
  expect(await loadIn(join(folder, 'own'))).toMatchObject({
    loaded: true,
    source: 'installed',
    directory,
    reason: '@tensorflow/tfjs-node 4.22.0 is installed',
    libraryVersion: 'TensorFlow 2.9.1',
    same: true,
    sum: 6,
    backend: 'tensorflow',
  });
});

it('says why an installed one was passed over, and what has not been provisioned', async () => {
  const setup = '"rlloom setup --backend cpu" has not been run';
  expect(await loadIn(await project('old', { version: '4.20.0' }))).toMatchObject({
    loaded: false,
    reason: `@tensorflow/tfjs-node 4.20.0 is installed, 4.22 or newer is needed; ${setup}`,
    backend: null,
  });
  expect(
    await loadIn(await project('broken', { code: "throw new Error('no native addon\\nsecond line');" })),
  ).toMatchObject({
    loaded: false,
    reason: `@tensorflow/tfjs-node 4.22.0 is installed but does not load: no native addon; ${setup}`,
    backend: null,
  });
});

it.skipIf(hasNvidiaDevice())('loads nothing for gpu where there is no NVIDIA device', async () => {
  expect(await loadNativeBackend({ kind: 'gpu' })).toEqual({
    loaded: false,
    reason: 'there is no NVIDIA device (or no driver for it)',
  });
});
