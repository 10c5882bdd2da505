import { tf } from '../tf.ts';
import type { SimdKernels } from './simd-kernels.ts';
import { addressOf, input, type WasmKernel } from './wasm-kernel.ts';

/** `Sum` over neighbouring axes in one pass, without the transpose tfjs puts before it. */
export function sumKernel(kernels: SimdKernels, stock: WasmKernel): WasmKernel {
  return (call) => reduce(kernels, call, () => 1) ?? stock(call);
}

/** `Mean` over neighbouring axes: the sum, divided as it is written. */
export function meanKernel(kernels: SimdKernels, stock: WasmKernel): WasmKernel {
  return (call) => reduce(kernels, call, (count) => 1 / count) ?? stock(call);
}

function reduce(
  kernels: SimdKernels,
  call: Parameters<WasmKernel>[0],
  scale: (count: number) => number,
): tf.TensorInfo | undefined {
  const x = input(call, 'x');
  if (x.dtype !== 'float32') return undefined;
  const { axis, keepDims } = call.attrs as { readonly axis: number | number[]; readonly keepDims: boolean };
  const axes = tf.util.parseAxisParam(axis, x.shape);
  const block = neighbours(x.shape, axes);
  if (block === undefined) return undefined;
  const shape = keepDims
    ? x.shape.map((size, i) => (axes.includes(i) ? 1 : size))
    : x.shape.filter((_, i) => !axes.includes(i));
  const out = call.backend.makeOutput(shape, 'float32');
  const { outer, reduced, inner } = block;
  kernels.sum(outer, reduced, inner, addressOf(call.backend, x), addressOf(call.backend, out), scale(reduced));
  return out;
}

interface Block {
  readonly outer: number;
  readonly reduced: number;
  readonly inner: number;
}

/** The shape as `[outer, reduced, inner]`; `undefined` when an axis that stays lies between two that go. */
function neighbours(shape: readonly number[], axes: readonly number[]): Block | undefined {
  let [outer, reduced, inner] = [1, 1, 1];
  let stage: 'outer' | 'reduced' | 'inner' = 'outer';
  for (const [i, size] of shape.entries()) {
    if (size === 1) continue;
    if (axes.includes(i)) {
      if (stage === 'inner') return undefined;
      stage = 'reduced';
      reduced *= size;
    } else if (stage === 'outer') {
      outer *= size;
    } else {
      stage = 'inner';
      inner *= size;
    }
  }
  return { outer, reduced, inner };
}
