import { tf } from '../tf.ts';
import { replaceRows, uninitialized, writeRows } from './native-row-kernels.ts';
import { sumOfSquares } from './native-sum-of-squares.ts';

/**
 * Gives the TensorFlow backend the kernels it lacks, and `Identity` without a round through TensorFlow. Those that write
 * into a tensor are for the CPU library only: on a GPU nobody has tried them, and there `joinRows` and `replaceRows` do without.
 */
export function registerNativeKernels({ gpu }: { readonly gpu: boolean }): void {
  if ((tf.getKernel('Identity', backendName) as tf.KernelConfig | undefined)?.kernelFunc === identity) return;
  tf.unregisterKernel('Identity', backendName);
  const kernels = {
    Identity: identity,
    SumOfSquares: sumOfSquares,
    ...(gpu ? {} : { Uninitialized: uninitialized, WriteRows: writeRows, ReplaceRows: replaceRows }),
  };
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
