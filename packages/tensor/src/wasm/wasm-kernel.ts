import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { tf } from '../tf.ts';

/** What a kernel of the wasm backend is called with. */
export interface WasmKernelCall {
  readonly inputs: tf.NamedTensorInfoMap;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly backend: BackendWasm;
}

/** A kernel computing on the wasm heap. Heap views must be taken after the last allocation, which may move the heap. */
export type WasmKernel<Result = tf.TensorInfo | tf.TensorInfo[]> = (call: WasmKernelCall) => Result;

/**
 * Registers `kernel` for the wasm backend. Where tfjs has one of that name, `make` gets it and the new one takes its
 * place.
 */
export function registerWasmKernel(kernelName: string, make: (stock: WasmKernel) => WasmKernel): void {
  const stock = tf.getKernel(kernelName, 'wasm') as tf.KernelConfig | undefined;
  if (stock !== undefined) tf.unregisterKernel(kernelName, 'wasm');
  const kernel = make((stock?.kernelFunc ?? missing) as unknown as WasmKernel);
  tf.registerKernel({ ...stock, kernelName, backendName: 'wasm', kernelFunc: kernel as unknown as tf.KernelFunc });
}

function missing(): never {
  throw new Error('tfjs has no such kernel for wasm');
}

/** The input of that name; a kernel is never called without its inputs. */
export function input(call: WasmKernelCall, name: string): tf.TensorInfo {
  return call.inputs[name] as tf.TensorInfo;
}

/** The inputs of a kernel that takes a list. */
export function inputList(call: WasmKernelCall): tf.TensorInfo[] {
  return Object.values(call.inputs) as tf.TensorInfo[];
}

/** Whether the elements are 32 bits wide: the kernels in `assembly/` move those. */
export function is32Bit({ dtype }: tf.TensorInfo): boolean {
  return dtype === 'float32' || dtype === 'int32';
}

/** Byte address of a tensor's first element. */
export function addressOf(backend: BackendWasm, { dataId }: tf.TensorInfo): number {
  return backend.dataIdMap.get(dataId).memoryOffset;
}

/** The same data under a shape of the same size, without a copy: both hold on to it until both are freed. */
export function share(backend: BackendWasm, { dataId, dtype }: tf.TensorInfo, shape: number[]): tf.TensorInfo {
  backend.incRef(dataId);
  return { dataId, shape, dtype };
}
