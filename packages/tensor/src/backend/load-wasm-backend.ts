import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { tf } from '../tf.ts';
import { registerWasmKernels } from '../wasm/register-wasm-kernels.ts';
import { withSharedMemory } from '../wasm/shared-memory.ts';
import type { BackendNotLoaded, LoadedBackend } from './backend-choice.ts';

/**
 * Activates the WebAssembly backend: SIMD, nothing but npm needed. Adds the kernels it lacks.
 *
 * @param options.threads threads a large matrix product may use. Default: the machine's, at most 8. Fixed by the first
 * call of the process
 */
export async function loadWasmBackend(
  options: { readonly threads?: number | undefined } = {},
): Promise<LoadedBackend | BackendNotLoaded> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  const simd = (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) === true;
  // Not findBackend, which would start the backend before its files are set.
  if (!('wasm' in tf.engine().registry)) {
    threads = simd ? (options.threads ?? Math.min(availableParallelism(), 8)) : 1;
    const shared = threads > 1 ? await sharedModule() : undefined;
    if (shared === undefined) {
      threads = 1;
      wasm.setWasmPaths(wasmFolder());
    } else {
      wasm.setWasmPaths(shared, true);
    }
  }
  const listeners = processListeners();
  const active = await tf.setBackend('wasm');
  removeProcessListeners(listeners);
  if (!active) return { loaded: false, reason: `the WebAssembly module in ${wasmFolder()} did not start` };
  registerWasmKernels(threads);
  return {
    loaded: true,
    tfjsBackendName: 'wasm',
    reason: 'WebAssembly, which needs nothing but npm',
    libraryVersion: `tfjs-backend-wasm ${wasm.version_wasm}`,
    threads,
    device: simd ? 'CPU (WebAssembly, SIMD)' : 'CPU (WebAssembly, no SIMD)',
  };
}

let threads = 1;

/** The folder of the `.wasm` files, wherever npm has put the package. */
function wasmFolder(): string {
  const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  return join(dirname(main), sep);
}

/** tfjs's SIMD module with memory that threads can share, as the table of files that `setWasmPaths` wants. */
async function sharedModule(): Promise<Readonly<Record<WasmFile, string>> | undefined> {
  const shared = withSharedMemory(await readFile(join(wasmFolder(), 'tfjs-backend-wasm-simd.wasm')), true);
  if (shared === undefined) return undefined;
  const url = `data:application/wasm;base64,${Buffer.from(shared).toString('base64')}`;
  return {
    'tfjs-backend-wasm.wasm': url,
    'tfjs-backend-wasm-simd.wasm': url,
    'tfjs-backend-wasm-threaded-simd.wasm': url,
  };
}

type WasmFile = 'tfjs-backend-wasm.wasm' | 'tfjs-backend-wasm-simd.wasm' | 'tfjs-backend-wasm-threaded-simd.wasm';

const failureEvents = ['uncaughtException', 'unhandledRejection'] as const;
type Listeners = Readonly<Record<(typeof failureEvents)[number], readonly unknown[]>>;

// Emscripten's start-up code installs handlers that throw again from inside the handler, which would turn every
// uncaught error of the whole process into exit code 7 and a stack trace of the wasm glue.
function processListeners(): Listeners {
  return {
    uncaughtException: process.listeners('uncaughtException'),
    unhandledRejection: process.listeners('unhandledRejection'),
  };
}

function removeProcessListeners(before: Listeners): void {
  for (const event of failureEvents) {
    for (const listener of process.listeners(event as 'uncaughtException')) {
      if (!before[event].includes(listener)) process.removeListener(event, listener);
    }
  }
}
