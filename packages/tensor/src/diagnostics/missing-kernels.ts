import { tf } from '../tf.ts';

/**
 * The kernels that models, losses, sampling and optimizers run, forward and backward. Models of other families may
 * need more; a program that meets a missing one fails with its name.
 */
// biome-ignore format: a list of words
export const programKernels: readonly string[] = [
  'Abs', 'Add', 'AddN', 'All', 'Any', 'ArgMax', 'BatchMatMul', 'Cast', 'ClipByValue', 'Concat', 'Cos', 'Cumsum', 'Equal',
  'Erf', 'Exp', 'ExpandDims', 'Expm1', 'Fill', 'Floor', 'GatherNd', 'GatherV2', 'Greater', 'GreaterEqual', 'Identity',
  'IsFinite', 'IsNan', 'Less', 'LessEqual', 'Log', 'Log1p', 'LogicalAnd', 'LogicalNot', 'LogicalOr', 'Max', 'Maximum',
  'Mean', 'Min', 'Minimum', 'Multiply', 'Neg', 'NotEqual', 'OneHot', 'OnesLike', 'Pack', 'PadV2', 'Pow', 'Prod', 'Range',
  'RealDiv', 'Reciprocal', 'Relu', 'Reshape', 'Reverse', 'Rsqrt', 'ScatterNd', 'Select', 'Sigmoid', 'Sign', 'Sin', 'Slice',
  'Softmax', 'Softplus', 'SplitV', 'Sqrt', 'Square', 'SquaredDifference', 'Step', 'Sub', 'Sum', 'Tanh', 'TensorScatterUpdate',
  'Tile', 'TopK', 'Transpose', 'Unpack', 'UnsortedSegmentSum', 'ZerosLike',
];

/** Those of {@link programKernels} that the active backend does not have, in order of the alphabet. */
export function missingKernels(): string[] {
  const backend = tf.getBackend();
  return programKernels.filter((name) => (tf.getKernel(name, backend) as tf.KernelConfig | undefined) === undefined);
}
