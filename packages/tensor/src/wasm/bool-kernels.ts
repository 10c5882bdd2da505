import type { tf } from '../tf.ts';
import type { WasmKernel, WasmKernelCall } from './wasm-kernel.ts';

/**
 * Kernels of tfjs that write four bytes for each of the one-byte elements of a `bool` tensor, past its end. They run
 * on int32 instead.
 */
export const boolUnsafeKernels = ['OneHot', 'Reverse', 'Select', 'StridedSlice'] as const;

/** `stock` with bool inputs (but for a condition) and a bool result taken through int32. */
export function throughIntegers(stock: WasmKernel, cast: WasmKernel<tf.TensorInfo>): WasmKernel {
  const convert = (call: WasmKernelCall, x: tf.TensorInfo, dtype: tf.DataType): tf.TensorInfo =>
    cast({ backend: call.backend, inputs: { x }, attrs: { dtype } });
  return (call) => {
    const isBool = ([name, info]: [string, tf.TensorInfo | undefined]): boolean =>
      name !== 'condition' && info?.dtype === 'bool';
    const wide = Object.entries(call.inputs)
      .filter(isBool)
      .map(([name, info]) => [name, convert(call, info as tf.TensorInfo, 'int32')] as const);
    // Some kernels are called without attributes.
    const { dtype } = { ...call.attrs };
    if (wide.length === 0 && dtype !== 'bool') return stock(call);
    const attrs = dtype === 'bool' ? { ...call.attrs, dtype: 'int32' } : call.attrs;
    const result = stock({ ...call, attrs, inputs: { ...call.inputs, ...Object.fromEntries(wide) } }) as tf.TensorInfo;
    const narrow = convert(call, result, 'bool');
    for (const info of [...wide.map(([, temporary]) => temporary), result]) call.backend.disposeData(info.dataId);
    return narrow;
  };
}
