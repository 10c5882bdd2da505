import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { nativeStatus } from './native-status.ts';
import { provisionNativeBackend } from './provision-native-backend.ts';

const wanted = process.env['RLLOOM_TEST_NATIVE'] === '1';

// Downloads 274 MB into the cache folder unless they are there; CI keeps that folder from run to run.
describe.skipIf(!wanted)(
  `the real TensorFlow library${wanted ? '' : ' (skipped: RLLOOM_TEST_NATIVE is not 1)'}`,
  () => {
    it('is provisioned, and is there the second time', async () => {
      const first = await provisionNativeBackend({ kind: 'cpu' });
      expect(first).toMatchObject({ kind: 'cpu', tensorflowVersion: '2.21.0' });
      expect(first.bytes).toBeGreaterThan(100_000_000);
      expect(await provisionNativeBackend({ kind: 'cpu' })).toEqual({ ...first, alreadyThere: true });
      const { kinds } = await nativeStatus({ checksums: true });
      expect(kinds[0]?.provisioned).toMatchObject({ tensorflowVersion: '2.21.0', damage: undefined });
    }, 1_800_000);

    it('shares engine, kernels and gradients with our tf, frees its tensors, prints nothing and ends by itself', async () => {
      const url = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
      const code = `
      const { loadNativeBackend } = await import(${url('./load-native-backend.ts')});
      const { tf } = await import(${url('../tf.ts')});
      const { threads } = await loadNativeBackend({ kind: 'cpu', threads: 1 });
      const w = tf.tensor2d([1, 2, 3, 4], [2, 2]);
      const before = tf.memory().numTensors;
      const gradient = tf.tidy(() => tf.grad((x) => tf.sum(tf.square(tf.matMul(x, x))))(w));
      const values = Array.from(await gradient.data());
      const isTensor = gradient instanceof tf.Tensor;
      gradient.dispose();
      const leaked = tf.memory().numTensors - before;
      console.log(JSON.stringify({ threads, values, isTensor, leaked, backend: tf.getBackend() }));`;
      const args = ['--conditions=@rlloom/source', '--import', 'tsx', '--input-type=module', '-e', code];
      const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { timeout: 50_000 });
      expect(stderr).toBe('');
      // With X = [[1, 2], [3, 4]] and Y = XX = [[7, 10], [15, 22]] the gradient is 2(YXᵀ + XᵀY).
      expect(JSON.parse(stdout)).toEqual({
        threads: 1,
        values: [158, 274, 266, 482],
        isTensor: true,
        leaked: 0,
        backend: 'tensorflow',
      });
    });
  },
);
