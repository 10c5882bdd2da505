import { tf } from '../tf.ts';
import type { SimdKernels } from './simd-kernels.ts';
import { contiguousStrides, stridedCopy } from './strided-copy.ts';
import { addressOf, input, is32Bit, share, type WasmKernel } from './wasm-kernel.ts';

/** `Transpose`: the input read with its strides in another order; no copy where nothing moves. */
export function transposeKernel(kernels: SimdKernels, stock: WasmKernel): WasmKernel {
  return (call) => {
    const x = input(call, 'x');
    if (!is32Bit(x)) return stock(call);
    const { perm } = call.attrs as { readonly perm: readonly number[] };
    const shape = perm.map((axis) => x.shape[axis] as number);
    const moving = perm.filter((axis) => x.shape[axis] !== 1);
    if (moving.every((axis, i) => i === 0 || axis > (moving[i - 1] as number))) return share(call.backend, x, shape);
    const out = call.backend.makeOutput(shape, x.dtype);
    const strides = contiguousStrides(x.shape);
    stridedCopy(kernels, shape, {
      from: { address: addressOf(call.backend, x), strides: perm.map((axis) => strides[axis] as number) },
      to: { address: addressOf(call.backend, out), strides: contiguousStrides(shape) },
    });
    return out;
  };
}

/** `PadV2`: the constant everywhere, then the input in its place. It is the gradient of every slice. */
export function padKernel(kernels: SimdKernels, stock: WasmKernel): WasmKernel {
  return (call) => {
    const x = input(call, 'x');
    if (!is32Bit(x)) return stock(call);
    const { paddings, constantValue } = call.attrs as {
      readonly paddings: readonly (readonly [number, number])[];
      readonly constantValue: number;
    };
    const shape = paddings.map(([before, after], axis) => before + (x.shape[axis] as number) + after);
    const out = call.backend.makeOutput(shape, x.dtype);
    const address = addressOf(call.backend, out);
    kernels.fill(address, tf.util.sizeFromShape(shape), bitsOf(constantValue, x.dtype));
    const strides = contiguousStrides(shape);
    const offset = paddings.reduce((sum, [before], axis) => sum + before * (strides[axis] as number), 0);
    stridedCopy(kernels, x.shape, {
      from: { address: addressOf(call.backend, x), strides: contiguousStrides(x.shape) },
      to: { address: address + offset * 4, strides },
    });
    return out;
  };
}

/** `Tile`: each axis as (repetition, place), read with a stride of zero along the repetition. */
export function tileKernel(kernels: SimdKernels, stock: WasmKernel): WasmKernel {
  return (call) => {
    const x = input(call, 'x');
    const { reps } = call.attrs as { readonly reps: readonly number[] };
    if (!is32Bit(x) || reps.length !== x.shape.length) return stock(call);
    if (reps.every((count) => count === 1)) return share(call.backend, x, x.shape);
    const shape = x.shape.map((size, axis) => size * (reps[axis] as number));
    const out = call.backend.makeOutput(shape, x.dtype);
    const expanded = x.shape.flatMap((size, axis) => [reps[axis] as number, size]);
    stridedCopy(kernels, expanded, {
      from: {
        address: addressOf(call.backend, x),
        strides: contiguousStrides(x.shape).flatMap((stride) => [0, stride]),
      },
      to: { address: addressOf(call.backend, out), strides: contiguousStrides(expanded) },
    });
    return out;
  };
}

function bitsOf(value: number, dtype: tf.DataType): number {
  return dtype === 'int32' ? value | 0 : (new Int32Array(Float32Array.of(value).buffer)[0] as number);
}
