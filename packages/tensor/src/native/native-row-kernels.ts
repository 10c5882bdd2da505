import { tf } from '../tf.ts';

/** `Uninitialized` for the TensorFlow backend; what it does is said at that of the wasm backend. */
export const uninitialized: tf.KernelFunc = ({ attrs, backend }) => {
  const { shape } = attrs as unknown as { readonly shape: number[] };
  const native = backend as NodeBackend;
  const { binding } = native;
  return tf.tidy(() =>
    native.executeSingleOutput(
      'Empty',
      [
        { name: 'dtype', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
        { name: 'init', type: binding.TF_ATTR_BOOL, value: false },
      ],
      [tf.tensor1d(shape, 'int32')],
    ),
  );
};

/**
 * `WriteRows` for the TensorFlow backend. TensorFlow's `InplaceUpdate` writes into the memory of its input and returns a
 * second handle to it, which is let go.
 */
export const writeRows: tf.KernelFunc = ({ inputs, attrs, backend }) => {
  const { target, rows } = inputs as { readonly target: tf.TensorInfo; readonly rows: tf.TensorInfo };
  const { start } = attrs as unknown as { readonly start: number };
  const count = rows.shape[0] as number;
  // Without an index it would replace the whole.
  if (count === 0) return [];
  tf.tidy(() => updateInPlace(backend as NodeBackend, [target, tf.range(start, start + count, 1, 'int32'), rows]));
  return [];
};

/** `ReplaceRows` for the TensorFlow backend, likewise. */
export const replaceRows: tf.KernelFunc = ({ inputs, backend }) => {
  const { target, places, rows } = inputs as Record<'target' | 'places' | 'rows', tf.TensorInfo>;
  if (rows.shape[0] !== 0) updateInPlace(backend as NodeBackend, [target, places, rows]);
  return [];
};

function updateInPlace(native: NodeBackend, targetPlacesRows: readonly tf.TensorInfo[]): void {
  const { binding } = native;
  const type = { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
  const handles = binding.executeOp('InplaceUpdate', [type], native.getInputTensorIds(targetPlacesRows), 1);
  for (const { id } of handles) binding.deleteTensor(id);
}

interface OperationAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

interface NodeBackend extends tf.KernelBackend {
  readonly binding: {
    readonly TF_ATTR_TYPE: number;
    readonly TF_ATTR_BOOL: number;
    readonly TF_FLOAT: number;
    executeOp(
      ...call: [name: string, attributes: readonly OperationAttribute[], inputs: number[], outputs: number]
    ): { readonly id: number }[];
    deleteTensor(id: number): void;
  };
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[];
  executeSingleOutput(
    name: string,
    attributes: readonly OperationAttribute[],
    inputs: readonly tf.TensorInfo[],
  ): tf.Tensor;
}
