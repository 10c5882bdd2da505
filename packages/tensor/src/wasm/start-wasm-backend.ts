import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { tf } from '../tf.ts';
import { keepFailureHandlers } from './keep-failure-handlers.ts';
import { withSharedMemory } from './shared-memory.ts';

/** How starting the backend ended. */
export interface WasmStart {
  readonly active: boolean;
  /** Whether helper threads can compute on its memory. */
  readonly shared: boolean;
}

/**
 * Starts tfjs's wasm backend from the files of its package, wherever npm has put it, and makes it the active one.
 *
 * @param share give it memory that threads can share, where its module allows that
 */
export async function startWasmBackend(share: boolean): Promise<WasmStart> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  const bytes = share ? withSharedMemory(await readFile(join(wasmFolder(), simdFile)), true) : undefined;
  if (bytes === undefined) {
    setWasmPaths(wasmFolder());
    return { active: await activate(), shared: false };
  }
  setWasmPaths(
    { 'tfjs-backend-wasm.wasm': simdFile, [simdFile]: simdFile, 'tfjs-backend-wasm-threaded-simd.wasm': simdFile },
    true,
  );
  // tfjs takes a changed module only through the fetch of its platform.
  const { platform } = tf.env();
  const fetch = platform.fetch.bind(platform);
  platform.fetch = () => Promise.resolve({ ok: true, arrayBuffer: () => Promise.resolve(bytes.buffer) } as Response);
  try {
    return { active: await activate(), shared: true };
  } finally {
    platform.fetch = fetch;
  }
}

/** The folder of the `.wasm` files. */
export function wasmFolder(): string {
  const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  return join(dirname(main), sep);
}

const simdFile = 'tfjs-backend-wasm-simd.wasm';

function activate(): Promise<boolean> {
  return keepFailureHandlers(() => tf.setBackend('wasm'));
}
