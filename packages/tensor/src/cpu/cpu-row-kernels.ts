import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { forEachRun } from '../rows/for-each-run.ts';
import { tf } from '../tf.ts';

/** `Uninitialized`, `WriteRows`, `ReplaceRows` for the cpu backend; what they do is said at those of the wasm backend. */
export function registerCpuRowKernels(): void {
  if ((tf.getKernel('WriteRows', 'cpu') as tf.KernelConfig | undefined) !== undefined) return;
  tf.registerKernel({ kernelName: 'Uninitialized', backendName: 'cpu', kernelFunc: uninitialized });
  tf.registerKernel({ kernelName: 'WriteRows', backendName: 'cpu', kernelFunc: writeRows });
  tf.registerKernel({ kernelName: 'ReplaceRows', backendName: 'cpu', kernelFunc: replaceRows });
}

const uninitialized: tf.KernelFunc = ({ attrs, backend }) => {
  const { shape } = attrs as unknown as { readonly shape: number[] };
  return (backend as MathBackendCPU).makeTensorInfo(shape, 'float32', new Float32Array(tf.util.sizeFromShape(shape)));
};

const writeRows: tf.KernelFunc = ({ inputs, attrs, backend }) => {
  const { target, rows } = inputs as { readonly target: tf.TensorInfo; readonly rows: tf.TensorInfo };
  const { start } = attrs as unknown as { readonly start: number };
  const [to, from] = [target, rows].map(
    ({ dataId }) => (backend as MathBackendCPU).data.get(dataId).values as Float32Array,
  ) as [Float32Array, Float32Array];
  to.set(from, start * tf.util.sizeFromShape(rows.shape.slice(1)));
  return [];
};

const replaceRows: tf.KernelFunc = ({ inputs, backend }) => {
  const { target, places, rows } = inputs as Record<'target' | 'places' | 'rows', tf.TensorInfo>;
  const { data } = backend as MathBackendCPU;
  const [to, from] = [target, rows].map(({ dataId }) => data.get(dataId).values as Float32Array) as [
    Float32Array,
    Float32Array,
  ];
  const size = tf.util.sizeFromShape(target.shape.slice(1));
  forEachRun(data.get(places.dataId).values as Int32Array, (row, count, place) => {
    to.set(from.subarray(row * size, (row + count) * size), place * size);
  });
  return [];
};
