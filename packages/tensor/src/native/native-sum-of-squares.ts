import { tf } from '../tf.ts';

/** `SumOfSquares` for the TensorFlow backend: `Σ x²` as a scalar, without the memory of the squares. */
export const sumOfSquares: tf.KernelFunc = ({ inputs, backend }) => {
  const native = backend as NodeBackend;
  const { TF_ATTR_TYPE, TF_FLOAT } = native.binding;
  const type = { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT };
  // It is half of that.
  return tf.tidy(() => tf.mul(2, native.executeSingleOutput('L2Loss', [type], [inputs['x'] as tf.TensorInfo])));
};

interface NodeBackend extends tf.KernelBackend {
  readonly binding: { readonly TF_ATTR_TYPE: number; readonly TF_FLOAT: number };
  executeSingleOutput(name: string, attributes: readonly object[], inputs: readonly tf.TensorInfo[]): tf.Tensor;
}
