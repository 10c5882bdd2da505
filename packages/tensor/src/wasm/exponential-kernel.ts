import { tf } from '../tf.ts';
import type { SimdKernels } from './simd-kernels.ts';
import { addressOf, input, type WasmKernel } from './wasm-kernel.ts';

/** `Exp`, four at a time; every log-softmax over a vocabulary computes it twice. */
export function exponentialKernel(kernels: SimdKernels, stock: WasmKernel): WasmKernel {
  return (call) => {
    const x = input(call, 'x');
    if (x.dtype !== 'float32') return stock(call);
    const out = call.backend.makeOutput(x.shape, 'float32');
    kernels.exponential(tf.util.sizeFromShape(x.shape), addressOf(call.backend, x), addressOf(call.backend, out));
    return out;
  };
}
