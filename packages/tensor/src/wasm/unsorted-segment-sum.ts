import { input, type WasmKernelCall } from './wasm-kernel.ts';
import { tf } from '../tf.ts';

/**
 * `UnsortedSegmentSum`, which the wasm backend lacks: the gradient of `tf.gather`, so of every embedding.
 * Row `i` of `x` is added to row `segmentIds[i]` of the result; ids outside `[0, numSegments)` are dropped.
 */
export function unsortedSegmentSum(call: WasmKernelCall): tf.TensorInfo {
  const [x, segmentIds] = [input(call, 'x'), input(call, 'segmentIds')];
  const numSegments = call.attrs['numSegments'] as number;
  const rowShape = x.shape.slice(1);
  const rowSize = tf.util.sizeFromShape(rowShape);
  const out = call.backend.makeOutput([numSegments, ...rowShape], x.dtype);
  const [from, ids, to] = [x, segmentIds, out].map((info) => call.backend.typedArrayFromHeap(info)) as [
    Float32Array,
    Int32Array,
    Float32Array,
  ];
  to.fill(0);
  for (let i = 0; i < ids.length; i++) {
    const segment = ids[i] as number;
    if (segment < 0 || segment >= numSegments) continue;
    const target = segment * rowSize;
    const source = i * rowSize;
    for (let j = 0; j < rowSize; j++) to[target + j] = (to[target + j] as number) + (from[source + j] as number);
  }
  return out;
}
