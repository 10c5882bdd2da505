import { availableParallelism } from 'node:os';
import { tf } from '../tf.ts';
import { registerWasmKernels } from '../wasm/register-wasm-kernels.ts';
import { startWasmBackend, wasmFolder } from '../wasm/start-wasm-backend.ts';
import type { BackendNotLoaded, LoadedBackend } from './backend-choice.ts';

/**
 * Activates the WebAssembly backend: SIMD, nothing but npm needed. Adds the kernels it lacks.
 *
 * @param options.threads threads a large matrix product may use. Default: the machine's, at most 8. Fixed by the first
 * call of the process
 */
export async function loadWasmBackend(
  options: { readonly threads?: number } = {},
): Promise<LoadedBackend | BackendNotLoaded> {
  const { version_wasm } = await import('@tensorflow/tfjs-backend-wasm');
  const simd = (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) === true;
  // Not findBackend, which would start the backend before its files are set.
  if ('wasm' in tf.engine().registry) {
    await tf.setBackend('wasm');
  } else {
    const wanted = simd ? (options.threads ?? Math.min(availableParallelism(), 8)) : 1;
    const { active, shared } = await startWasmBackend(wanted > 1);
    if (!active) return { loaded: false, reason: `the WebAssembly module in ${wasmFolder()} did not start` };
    threads = shared ? wanted : 1;
    registerWasmKernels(threads);
  }
  return {
    loaded: true,
    tfjsBackendName: 'wasm',
    reason: 'WebAssembly, which needs nothing but npm',
    libraryVersion: `tfjs-backend-wasm ${version_wasm}`,
    threads,
    device: simd ? 'CPU (WebAssembly, SIMD)' : 'CPU (WebAssembly, no SIMD)',
  };
}

let threads = 1;
