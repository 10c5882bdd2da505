import { tf } from '../tf.ts';
import { uninitialized, writeRows } from './native-row-kernels.ts';

/** Gives the TensorFlow backend the kernels it lacks, and `Identity` without a round through TensorFlow. */
export function registerNativeKernels(): void {
  if ((tf.getKernel('WriteRows', backendName) as tf.KernelConfig | undefined) !== undefined) return;
  tf.unregisterKernel('Identity', backendName);
  const kernels = { Identity: identity, Uninitialized: uninitialized, WriteRows: writeRows };
  for (const [kernelName, kernelFunc] of Object.entries(kernels)) {
    tf.registerKernel({ kernelName, backendName, kernelFunc });
  }
}

const backendName = 'tensorflow';

// Gradients save a clone of nearly every tensor. The same data under a second owner, as on the other backends.
const identity: tf.KernelFunc = ({ inputs, backend }) => {
  const { dataId, shape, dtype } = inputs['x'] as tf.TensorInfo;
  (backend as { incRef(id: tf.DataId): void }).incRef(dataId);
  return { dataId, shape, dtype };
};
