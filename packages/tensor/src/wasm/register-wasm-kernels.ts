import { unsortedSegmentSum } from './unsorted-segment-sum.ts';
import { registerWasmKernel } from './wasm-kernel.ts';

/** Gives the wasm backend the kernels it lacks. Call after `@tensorflow/tfjs-backend-wasm` has loaded. */
export function registerWasmKernels(): void {
  registerWasmKernel('UnsortedSegmentSum', unsortedSegmentSum);
}
