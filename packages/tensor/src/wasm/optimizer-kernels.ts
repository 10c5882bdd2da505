import { tf } from '../tf.ts';
import type { SimdKernels } from './simd-kernels.ts';
import { addressOf, input, type WasmKernel, type WasmKernelCall } from './wasm-kernel.ts';

/**
 * `AdamStep`, ours: Adam's eleven operations in one pass over the parameter. Returns direction, m and v. What changes
 * from step to step, `scale` and `floor`, is an attribute or a scalar input.
 */
export function adamStepKernel(kernels: SimdKernels): WasmKernel {
  return (call) => {
    const inputs = ['update', 'firstMoment', 'secondMoment'].map((name) => input(call, name));
    const { shape } = inputs[0] as tf.TensorInfo;
    const outputs = inputs.map(() => call.backend.makeOutput(shape, 'float32'));
    const [update, m, v] = inputs.map((info) => addressOf(call.backend, info)) as [number, number, number];
    const [direction, nextM, nextV] = outputs.map((info) => addressOf(call.backend, info)) as [number, number, number];
    const { keep1, take1, keep2, take2 } = call.attrs as Readonly<Record<string, number>> & {
      readonly [key in 'keep1' | 'take1' | 'keep2' | 'take2']: number;
    };
    const [scale, floor] = [numberOf(call, 'scale'), numberOf(call, 'floor')];
    const length = tf.util.sizeFromShape(shape);
    kernels.adam(length, update, m, v, keep1, take1, keep2, take2, scale, floor, direction, nextM, nextV);
    return outputs;
  };
}

function numberOf({ attrs, inputs, backend }: WasmKernelCall, name: string): number {
  const scalar = inputs[name];
  return scalar === undefined ? (attrs[name] as number) : (backend.readSync(scalar.dataId)[0] as number);
}

/** `SumOfSquares`, ours: `Σ x²` as a scalar, added in double precision block by block. */
export function sumOfSquaresKernel(kernels: SimdKernels): WasmKernel {
  return (call) => {
    const x = input(call, 'x');
    const total = kernels.sumOfSquares(tf.util.sizeFromShape(x.shape), addressOf(call.backend, x));
    return call.backend.makeOutput([], 'float32', undefined, Float32Array.of(total));
  };
}
