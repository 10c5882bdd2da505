import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { tf } from '../tf.ts';

/** `Uninitialized` and `WriteRows` for the cpu backend; what they do is said at those of the wasm backend. */
export function registerCpuRowKernels(): void {
  if ((tf.getKernel('WriteRows', 'cpu') as tf.KernelConfig | undefined) !== undefined) return;
  tf.registerKernel({ kernelName: 'Uninitialized', backendName: 'cpu', kernelFunc: uninitialized });
  tf.registerKernel({ kernelName: 'WriteRows', backendName: 'cpu', kernelFunc: writeRows });
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
