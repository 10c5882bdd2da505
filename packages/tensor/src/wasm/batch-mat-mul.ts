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
    if (a.dtype !== 'float32' || b.dtype !== 'float32') {
      throw new Error(`matMul on wasm needs float32, got ${a.dtype} and ${b.dtype}`);
    }
    const [m, k] = matrixShape(a, transposeA);
    const [inner, n] = matrixShape(b, transposeB);
    if (k !== inner)
      throw new Error(
        `matMul: inner dimensions ${k} and ${inner} of [${a.shape.join()}] and [${b.shape.join()}] differ`,
      );
    const batchA = a.shape.slice(0, -2);
    const batchB = b.shape.slice(0, -2);
    const batch = sameShape(batchA, batchB) ? batchA : tf.broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
    const out = call.backend.makeOutput([...batch, m, n], 'float32');
    const size = tf.util.sizeFromShape(batch);
    const [sizeA, sizeB] = [tf.util.sizeFromShape(batchA), tf.util.sizeFromShape(batchB)];
    const address = (info: tf.TensorInfo): number => addressOf(call.backend, info);
    const multiply = (
      count: number,
      rows: number,
      at: readonly [number, number, number],
      strides: readonly [number, number],
    ): void =>
      kernels.gemm(
        count,
        rows,
        n,
        k,
        at[0],
        strides[0],
        transposeA,
        at[1],
        strides[1],
        transposeB,
        at[2],
        kernels.scratch,
      );
    if (sizeB === 1 && !transposeA) {
      multiply(1, sizeA * m, [address(a), address(b), address(out)], [0, 0]);
    } else if ((sizeA === size || sizeA === 1) && (sizeB === size || sizeB === 1)) {
      multiply(size, m, [address(a), address(b), address(out)], [sizeA === 1 ? 0 : m * k, sizeB === 1 ? 0 : k * n]);
    } else {
      const [indexA, indexB] = [batchIndex(batchA, batch), batchIndex(batchB, batch)];
      for (let i = 0; i < size; i++) {
        const at = [
          address(a) + indexA(i) * m * k * 4,
          address(b) + indexB(i) * k * n * 4,
          address(out) + i * m * n * 4,
        ] as const;
        multiply(1, m, at, [0, 0]);
      }
    }
    return out;
  };
}

function matrixShape({ shape }: tf.TensorInfo, transposed: boolean): readonly [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** Maps an index into the broadcast shape to one into `shape`. */
function batchIndex(shape: readonly number[], broadcast: readonly number[]): (index: number) => number {
  const missing = broadcast.length - shape.length;
  return (index) => {
    let rest = index;
    let stride = 1;
    let result = 0;
    for (let axis = broadcast.length - 1; axis >= missing; axis--) {
      const size = shape[axis - missing] as number;
      const place = rest % (broadcast[axis] as number);
      rest = Math.floor(rest / (broadcast[axis] as number));
      if (size !== 1) result += place * stride;
      stride *= size;
    }
    return result;
  };
}
