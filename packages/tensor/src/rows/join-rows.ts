import { isRecording } from '../gradients/tape.ts';
import { tf } from '../tf.ts';

/**
 * The concatenation along axis 0 of pieces that are made one at a time. Each is written into its place in the result
 * and freed before the next is made, so that the memory at the peak is the result and one piece, where `tf.concat`
 * takes twice the result. Backends that cannot write into a tensor (webgpu), and a gradient around this call, go
 * through `tf.concat`.
 *
 * @param shape of the result; the rows of all pieces add up to its first size
 * @param pieces each makes a float32 tensor of the same rank; what else it makes is freed too
 * @throws Error when a piece does not fit
 * @example
 * ```ts
 * await joinRows([3], [() => tf.tensor1d([1, 2]), () => tf.tensor1d([3])]).data(); // => Float32Array [1, 2, 3]
 * ```
 */
export function joinRows(shape: readonly number[], pieces: readonly (() => tf.Tensor)[]): tf.Tensor {
  return tf.tidy(() => {
    if (pieces.length === 1 || isRecording() || !hasRowKernels()) return joinAtOnce(shape, pieces);
    const engine = tf.engine();
    const target = engine.runKernel<tf.Tensor>('Uninitialized', {}, { shape: [...shape] });
    let start = 0;
    for (const make of pieces) {
      tf.tidy(() => {
        const rows = make();
        checkPiece(rows, start, shape);
        engine.runKernel('WriteRows', { target, rows }, { start });
        start += rows.shape[0];
      });
    }
    if (start !== shape[0]) throw new Error(`joinRows: ${start} rows for a result of [${shape.join(', ')}]`);
    return target;
  });
}

function hasRowKernels(): boolean {
  return (tf.getKernel('WriteRows', tf.getBackend()) as tf.KernelConfig | undefined) !== undefined;
}

function joinAtOnce(shape: readonly number[], pieces: readonly (() => tf.Tensor)[]): tf.Tensor {
  const rows = pieces.map((make) => tf.tidy(make));
  rows.forEach((piece) => checkPiece(piece, 0, shape));
  const joined =
    rows.length === 0 ? tf.zeros([0, ...shape.slice(1)]) : rows.length === 1 ? rows[0] : tf.concat(rows, 0);
  if (joined?.shape[0] !== shape[0])
    throw new Error(`joinRows: ${joined?.shape[0]} rows for a result of [${shape.join(', ')}]`);
  return joined as tf.Tensor;
}

function checkPiece({ dtype, shape: [count, ...rest] }: tf.Tensor, start: number, shape: readonly number[]): void {
  const [rows, ...row] = shape;
  if (dtype === 'float32' && tf.util.arraysEqual(rest, row) && start + count <= (rows as number)) return;
  throw new Error(
    `joinRows: a ${dtype} piece of [${[count, ...rest].join(', ')}] at row ${start} of [${shape.join(', ')}]`,
  );
}
