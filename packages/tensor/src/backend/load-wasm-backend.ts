import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { tf } from '../tf.ts';
import { registerWasmKernels } from '../wasm/register-wasm-kernels.ts';
import type { BackendNotLoaded, LoadedBackend } from './backend-choice.ts';

/** Activates the WebAssembly backend: SIMD, nothing but npm needed. Adds the kernels it lacks. */
export async function loadWasmBackend(): Promise<LoadedBackend | BackendNotLoaded> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  if (tf.findBackend('wasm') === null) wasm.setWasmPaths(wasmFolder());
  const listeners = processListeners();
  const active = await tf.setBackend('wasm');
  removeProcessListeners(listeners);
  if (!active) return { loaded: false, reason: `the WebAssembly module in ${wasmFolder()} did not start` };
  registerWasmKernels();
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  return {
    loaded: true,
    tfjsBackendName: 'wasm',
    reason: 'WebAssembly, which needs nothing but npm',
    libraryVersion: `tfjs-backend-wasm ${wasm.version_wasm}`,
    threads: wasm.getThreadsCount(),
    device: simd === true ? 'CPU (WebAssembly, SIMD)' : 'CPU (WebAssembly, no SIMD)',
  };
}

/** The folder of the `.wasm` files, wherever npm has put the package. */
function wasmFolder(): string {
  const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  return join(dirname(main), sep);
}

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
