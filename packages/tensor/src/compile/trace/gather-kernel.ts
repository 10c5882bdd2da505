import { tf } from '../../tf.ts';

/**
 * `GatherV2` while a function is recorded. That of tfjs-node reads the indices to check them; a graph on the CPU checks
 * them when it runs.
 */
export const gatherKernel: tf.KernelFunc = ({ inputs, attrs, backend }) => {
  const { x, indices } = inputs as { readonly x: tf.TensorInfo; readonly indices: tf.TensorInfo };
  const { axis, batchDims } = attrs as unknown as { readonly axis: number; readonly batchDims: number };
  const recording = backend as RecordingKernels;
  const { TF_ATTR_INT, TF_ATTR_TYPE } = recording.binding;
  const type = (name: string, dtype: tf.DataType) => ({
    name,
    type: TF_ATTR_TYPE,
    value: recording.getDTypeInteger(dtype),
  });
  const attributes = [
    { name: 'batch_dims', type: TF_ATTR_INT, value: batchDims },
    ...[type('Tparams', x.dtype), type('Tindices', indices.dtype), type('Taxis', 'int32')],
  ];
  return tf.tidy(() => recording.executeSingleOutput('GatherV2', attributes, [x, indices, tf.scalar(axis, 'int32')]));
};

interface RecordingKernels extends tf.KernelBackend {
  readonly binding: { readonly TF_ATTR_INT: number; readonly TF_ATTR_TYPE: number };
  getDTypeInteger(dtype: tf.DataType): number;
  executeSingleOutput(name: string, attributes: readonly object[], inputs: readonly tf.TensorInfo[]): tf.Tensor;
}
