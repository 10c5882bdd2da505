import { tf } from '../tf.ts';
import type { SimdKernels } from './simd-kernels.ts';
import { addressOf, input, type WasmKernel } from './wasm-kernel.ts';

/**
 * `UnsortedSegmentSum`, which the wasm backend lacks: the gradient of `tf.gather`, so of every embedding.
 * Row `i` of `x` is added to row `segmentIds[i]` of the result; ids outside `[0, numSegments)` are dropped.
 *
 * @param kernels absent where there is no SIMD: then plain loops over the heap
 */
export function unsortedSegmentSumKernel(kernels: SimdKernels | undefined): WasmKernel {
  return (call) => {
    const [x, segmentIds] = [input(call, 'x'), input(call, 'segmentIds')];
    const { backend } = call;
    const numSegments = call.attrs['numSegments'] as number;
    const rowShape = x.shape.slice(1);
    const rowSize = tf.util.sizeFromShape(rowShape);
    const out = backend.makeOutput([numSegments, ...rowShape], x.dtype);
    const to = backend.typedArrayFromHeap(out);
    to.fill(0);
    if (kernels !== undefined && x.dtype === 'float32') {
      const count = tf.util.sizeFromShape(segmentIds.shape);
      kernels.addRows(
        addressOf(backend, x),
        rowSize,
        addressOf(backend, segmentIds),
        count,
        addressOf(backend, out),
        numSegments,
      );
    } else {
      addRows(backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(segmentIds), { to, rowSize });
    }
    return out;
  };
}

/** Adds row `i` of `from` to row `segments[i]` of `to`, plain. */
export function addRows(
  from: tf.backend_util.TypedArray,
  segments: tf.backend_util.TypedArray,
  { to, rowSize }: { readonly to: tf.backend_util.TypedArray; readonly rowSize: number },
): void {
  for (let i = 0; i < segments.length; i++) {
    const target = (segments[i] as number) * rowSize;
    if (target < 0 || target >= to.length) continue;
    const source = i * rowSize;
    for (let j = 0; j < rowSize; j++) to[target + j] = (to[target + j] as number) + (from[source + j] as number);
  }
}
