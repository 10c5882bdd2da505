import { tf } from '../tf.ts';
import type { SimdKernels } from './simd-kernels.ts';
import { contiguousStrides, stridedCopy } from './strided-copy.ts';
import { addressOf, input, is32Bit, type WasmKernel, type WasmKernelCall } from './wasm-kernel.ts';

/** `Slice`; tfjs's own copies the whole input out of the heap before it takes a part. */
export function sliceKernel(kernels: SimdKernels, stock: WasmKernel): WasmKernel {
  return (call) => {
    const x = input(call, 'x');
    if (!is32Bit(x)) return stock(call);
    const { begin, size } = call.attrs as { readonly begin: number | number[]; readonly size: number | number[] };
    const [start, extent] = tf.slice_util.parseSliceParams(x, begin, size) as [number[], number[]];
    return sliceOf(kernels, call, { x, start, extent });
  };
}

/** `SplitV`: several slices. */
export function splitKernel(kernels: SimdKernels, stock: WasmKernel): WasmKernel {
  return (call) => {
    const x = input(call, 'x');
    if (!is32Bit(x)) return stock(call);
    const { numOrSizeSplits, axis } = call.attrs as {
      readonly numOrSizeSplits: number | number[];
      readonly axis: number;
    };
    const along = tf.util.parseAxisParam(axis, x.shape)[0] as number;
    let offset = 0;
    return tf.backend_util.prepareSplitSize(x as tf.Tensor, numOrSizeSplits, along).map((length) => {
      const start = x.shape.map((_, i) => (i === along ? offset : 0));
      offset += length;
      return sliceOf(kernels, call, { x, start, extent: x.shape.with(along, length) });
    });
  };
}

/** `Unpack`: slices of one along an axis, which then goes. */
export function unpackKernel(kernels: SimdKernels, stock: WasmKernel): WasmKernel {
  return (call) => {
    const x = input(call, 'value');
    if (!is32Bit(x)) return stock(call);
    const { axis } = call.attrs as { readonly axis: number };
    const along = axis < 0 ? axis + x.shape.length : axis;
    const shape = x.shape.toSpliced(along, 1);
    return Array.from({ length: x.shape[along] as number }, (_, i) => {
      const start = x.shape.map((_size, at) => (at === along ? i : 0));
      return { ...sliceOf(kernels, call, { x, start, extent: x.shape.with(along, 1) }), shape };
    });
  };
}

function sliceOf(
  kernels: SimdKernels,
  { backend }: WasmKernelCall,
  { x, start, extent }: { readonly x: tf.TensorInfo; readonly start: readonly number[]; readonly extent: number[] },
): tf.TensorInfo {
  const out = backend.makeOutput(extent, x.dtype);
  const strides = contiguousStrides(x.shape);
  const offset = start.reduce((sum, index, axis) => sum + index * (strides[axis] as number), 0);
  stridedCopy(kernels, extent, {
    from: { address: addressOf(backend, x) + offset * 4, strides },
    to: { address: addressOf(backend, out), strides: contiguousStrides(extent) },
  });
  return out;
}
