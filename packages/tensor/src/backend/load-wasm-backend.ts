import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { tf } from '../tf.ts';
import { registerWasmKernels } from '../wasm/register-wasm-kernels.ts';
import type { BackendNotLoaded, LoadedBackend } from './backend-choice.ts';

/** Registers and activates the WebAssembly backend: SIMD, one thread, nothing but npm needed. */
export async function loadWasmBackend(): Promise<LoadedBackend | BackendNotLoaded> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  if (tf.findBackend('wasm') === null) wasm.setWasmPaths(wasmFolder());
  registerWasmKernels();
  if (!(await tf.setBackend('wasm'))) return { loaded: false, reason: 'the WebAssembly module did not start' };
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  return {
    loaded: true,
    tfjsBackendName: 'wasm',
    reason: 'it needs nothing but npm',
    libraryVersion: `tfjs-backend-wasm ${wasm.version_wasm}`,
    threads: wasm.getThreadsCount(),
    device: simd ? 'CPU (WebAssembly, SIMD)' : 'CPU (WebAssembly, no SIMD)',
  };
}

/** The folder of the `.wasm` files, wherever npm has put the package. */
function wasmFolder(): string {
  const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  return join(dirname(main), sep);
}
