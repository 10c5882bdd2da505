import { tmpdir } from 'node:os';
import { afterEach, expect, it } from 'vitest';
import { tf } from '../tf.ts';
import { loadWasmBackend } from './load-wasm-backend.ts';

const start = process.cwd();
afterEach(() => process.chdir(start));

const handlers = (): number => process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection');

it('loads from any working directory and leaves the failure handlers of the process as they were', async () => {
  const before = handlers();
  expect(tf.engine().registry).not.toHaveProperty('wasm');
  process.chdir(tmpdir());
  expect(await loadWasmBackend()).toMatchObject({ loaded: true, device: 'CPU (WebAssembly, SIMD)' });
  expect(handlers()).toBe(before);
});
