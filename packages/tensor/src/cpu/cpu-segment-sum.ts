import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { tf } from '../tf.ts';
import { addRows } from '../wasm/unsorted-segment-sum.ts';

/**
 * `UnsortedSegmentSum` for the cpu backend in one pass. tfjs's own passes over all rows once per segment: for the
 * gradient of an embedding, once per word of the vocabulary.
 */
export function registerCpuSegmentSum(): void {
  if (tf.getKernel('UnsortedSegmentSum', 'cpu').kernelFunc === segmentSum) return;
  tf.unregisterKernel('UnsortedSegmentSum', 'cpu');
  tf.registerKernel({ kernelName: 'UnsortedSegmentSum', backendName: 'cpu', kernelFunc: segmentSum });
}

const segmentSum: tf.KernelFunc = ({ inputs, attrs, backend }) => {
  const cpu = backend as MathBackendCPU;
  const { x, segmentIds } = inputs as { readonly x: tf.TensorInfo; readonly segmentIds: tf.TensorInfo };
  const { numSegments } = attrs as { readonly numSegments: number };
  const rowShape = x.shape.slice(1);
  const rowSize = tf.util.sizeFromShape(rowShape);
  const [rows, ids] = [x, segmentIds].map(({ dataId }) => cpu.data.get(dataId).values as Float32Array) as [
    Float32Array,
    Float32Array,
  ];
  const to = new Float32Array(numSegments * rowSize);
  addRows(rows, ids, { to, rowSize });
  return cpu.makeTensorInfo([numSegments, ...rowShape], 'float32', to);
};
