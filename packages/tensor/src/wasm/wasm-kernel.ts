import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { tf } from '../tf.ts';

/** What a kernel of the wasm backend is called with. */
export interface WasmKernelCall {
  readonly inputs: tf.NamedTensorInfoMap;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly backend: BackendWasm;
}

/** A kernel computing on the wasm heap. Heap views must be taken after the last allocation, which may move the heap. */
export type WasmKernel = (call: WasmKernelCall) => tf.TensorInfo;

/** Registers `kernel` for the wasm backend, in place of the one that is there. */
export function registerWasmKernel(kernelName: string, kernel: WasmKernel): void {
  if (tf.getKernel(kernelName, 'wasm') != null) tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc: kernel as unknown as tf.KernelFunc });
}

/** The input of that name; a kernel is never called without its inputs. */
export function input(call: WasmKernelCall, name: string): tf.TensorInfo {
  return call.inputs[name] as tf.TensorInfo;
}
