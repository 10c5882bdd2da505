import { tf } from '../tf.ts';
import type { SimdKernels } from './simd-kernels.ts';
import { contiguousStrides, stridedCopy } from './strided-copy.ts';
import { addressOf, inputList, is32Bit, type WasmKernel, type WasmKernelCall } from './wasm-kernel.ts';

/** `Concat`: every input copied into its place. */
export function concatKernel(kernels: SimdKernels, stock: WasmKernel): WasmKernel {
  return (call) => {
    const inputs = inputList(call);
    if (!inputs.every(is32Bit)) return stock(call);
    const first = inputs[0] as tf.TensorInfo;
    const along = tf.util.parseAxisParam(call.attrs['axis'] as number, first.shape)[0] as number;
    tf.backend_util.assertParamsConsistent(
      inputs.map(({ shape }) => shape),
      along,
    );
    return join(kernels, call, { inputs, along });
  };
}

/** `Pack`: a concatenation along a new axis. */
export function packKernel(kernels: SimdKernels, stock: WasmKernel): WasmKernel {
  return (call) => {
    const inputs = inputList(call);
    if (!inputs.every(is32Bit)) return stock(call);
    const { axis } = call.attrs as { readonly axis: number };
    const rank = (inputs[0] as tf.TensorInfo).shape.length;
    const along = axis < 0 ? axis + rank + 1 : axis;
    return join(kernels, call, {
      inputs: inputs.map((info) => ({ ...info, shape: info.shape.toSpliced(along, 0, 1) })),
      along,
    });
  };
}

function join(
  kernels: SimdKernels,
  { backend }: WasmKernelCall,
  { inputs, along }: { readonly inputs: readonly tf.TensorInfo[]; readonly along: number },
): tf.TensorInfo {
  const first = inputs[0] as tf.TensorInfo;
  const length = inputs.reduce((sum, { shape }) => sum + (shape[along] as number), 0);
  const shape = first.shape.with(along, length);
  const out = backend.makeOutput(shape, first.dtype);
  const strides = contiguousStrides(shape);
  let address = addressOf(backend, out);
  for (const info of inputs) {
    stridedCopy(kernels, info.shape, {
      from: { address: addressOf(backend, info), strides: contiguousStrides(info.shape) },
      to: { address, strides },
    });
    address += (info.shape[along] as number) * (strides[along] as number) * 4;
  }
  return out;
}
