import { tf } from '../tf.ts';
import type { SimdKernels } from './simd-kernels.ts';
import { addressOf, input, type WasmKernel } from './wasm-kernel.ts';

/**
 * `BatchMatMul`: tfjs's own is fast only for one matrix at a time with neither side transposed, which the gradient
 * of a linear layer never is. Leading dimensions broadcast.
 */
export function batchMatMulKernel(kernels: SimdKernels): WasmKernel {
  return (call) => {
    const [a, b] = [input(call, 'a'), input(call, 'b')];
    const { transposeA, transposeB } = call.attrs as { readonly transposeA: boolean; readonly transposeB: boolean };
    const [m, k] = matrixShape(a, transposeA);
    const [inner, n] = matrixShape(b, transposeB);
    check(a, b, k === inner);
    const batchA = a.shape.slice(0, -2);
    const batchB = b.shape.slice(0, -2);
    const batch = sameShape(batchA, batchB) ? batchA : tf.broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
    const [size, sizeA, sizeB] = [batch, batchA, batchB].map(tf.util.sizeFromShape) as [number, number, number];
    const out = call.backend.makeOutput([...batch, m, n], 'float32');
    const [atA, atB, atOut] = [a, b, out].map((info) => addressOf(call.backend, info)) as [number, number, number];
    if (sizeB === 1 && !transposeA) {
      kernels.multiply(1, sizeA * m, n, k, atA, 0, false, atB, 0, transposeB, atOut);
    } else if ((sizeA === size || sizeA === 1) && (sizeB === size || sizeB === 1)) {
      const [strideA, strideB] = [sizeA === 1 ? 0 : m * k, sizeB === 1 ? 0 : k * n];
      kernels.multiply(size, m, n, k, atA, strideA, transposeA, atB, strideB, transposeB, atOut);
    } else {
      const [offsetsA, offsetsB] = [offsets(batchA, batch), offsets(batchB, batch)];
      for (let i = 0; i < size; i++) {
        const matrixA = atA + (offsetsA[i] as number) * m * k * 4;
        const matrixB = atB + (offsetsB[i] as number) * k * n * 4;
        kernels.multiply(1, m, n, k, matrixA, 0, transposeA, matrixB, 0, transposeB, atOut + i * m * n * 4);
      }
    }
    return out;
  };
}

function check(a: tf.TensorInfo, b: tf.TensorInfo, innerFits: boolean): void {
  if (a.dtype !== 'float32' || b.dtype !== 'float32') {
    throw new Error(`matMul on wasm needs float32, got ${a.dtype} and ${b.dtype}`);
  }
  if (!innerFits) throw new Error(`matMul: inner dimensions of [${a.shape.join()}] and [${b.shape.join()}] differ`);
}

function matrixShape({ shape }: tf.TensorInfo, transposed: boolean): readonly [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** For every index of the broadcast shape, in order, the index into `shape`. */
function offsets(shape: readonly number[], broadcast: readonly number[]): number[] {
  let indices = [0];
  for (const [axis, count] of broadcast.entries()) {
    const size = shape[axis - broadcast.length + shape.length] ?? 1;
    indices = indices.flatMap((index) => Array.from({ length: count }, (_, i) => index * size + (size === 1 ? 0 : i)));
  }
  return indices;
}
