import { globalNorm } from '../../../trees/global-norm.ts';
import { tf } from '../../../tf.ts';
import { complexes, floats, fractions, integers, truths } from './call-inputs.ts';
import { type KernelCall, kernelCall, callsOnSame, withGradient } from './kernel-call.ts';

type Functions = Readonly<Record<string, KernelCall['call']>>;
type Axes = number | number[] | undefined;

const sums = (axis: Axes, keepDims: boolean): Functions => ({
  Max: (x) => tf.max(x, axis, keepDims),
  Mean: (x) => tf.mean(x, axis, keepDims),
  Min: (x) => tf.min(x, axis, keepDims),
  Prod: (x) => tf.prod(x, axis, keepDims),
  Sum: (x) => tf.sum(x, axis, keepDims),
});

const cube = (): tf.Tensor[] => [floats([2, 3, 4])];

const reductionCalls: readonly KernelCall[] = [
  ...callsOnSame('all', cube, sums(undefined, false), withGradient),
  ...callsOnSame('the last axis, kept', cube, sums(-1, true), withGradient),
  ...callsOnSame('two axes', cube, sums([0, 2], false), withGradient),
  ...callsOnSame('two axes, kept', cube, sums([0, -1], true), withGradient),
  ...callsOnSame('integers', () => [integers([3, 2], 7)], sums(0, false)),
  ...callsOnSame('a number', () => [floats([])], sums(undefined, false)),
  ...callsOnSame('truths', () => [truths([3, 2])], { Sum: (x) => tf.sum(x, 0) }),
  ...callsOnSame('nothing', () => [floats([0, 2])], { Sum: (x) => tf.sum(x, 0) }, withGradient),
  ...callsOnSame('all of it', cube, { SumOfSquares: (x) => globalNorm({ x }) }),
  ...callsOnSame('some axes', () => [truths([2, 3, 2])], {
    All: (x) => tf.all(x, 1),
    Any: (x) => tf.any(x, [0, 1], true),
  }),
  ...callsOnSame('one axis', cube, { ArgMax: (x) => tf.argMax(x, -1), ArgMin: (x) => tf.argMin(x, 0) }),
  ...callsOnSame('one axis of truths', () => [truths([2, 3])], {
    ArgMax: (x) => tf.argMax(x, -1),
    ArgMin: (x) => tf.argMin(x, 0),
  }),
  kernelCall(['Cumprod', 'an axis within'], cube, (x) => tf.cumprod(x, 1)),
  kernelCall(['Cumprod', 'an axis from the end'], cube, (x) => tf.cumprod(x, -1)),
  kernelCall(['Cumsum', 'an axis within'], cube, (x) => tf.cumsum(x, 1), withGradient),
  kernelCall(['Cumsum', 'exclusive'], cube, (x) => tf.cumsum(x, 0, true), withGradient),
  kernelCall(
    ['Cumsum', 'from the end, an axis from the end'],
    cube,
    (x) => tf.cumsum(x, -2, false, true),
    withGradient,
  ),
  kernelCall(['Cumsum', 'exclusive, from the end'], cube, (x) => tf.cumsum(x, 2, true, true), withGradient),
  kernelCall(['Mean', 'moments'], cube, (x) => Object.values<tf.Tensor>(tf.moments(x, [0, 1])), withGradient),
  kernelCall(['Sum', 'log-sum-exp'], cube, (x) => tf.logSumExp(x, 1), withGradient),
];

const layoutCalls: readonly KernelCall[] = [
  kernelCall(['Reshape', 'one length left open'], cube, (x) => tf.reshape(x, [4, -1]), withGradient),
  kernelCall(
    ['Reshape', 'a number'],
    () => [integers([1, 1], 5, 3)],
    (x) => tf.reshape(x, []),
  ),
  kernelCall(
    ['Reshape', 'nothing'],
    () => [floats([0, 3])],
    (x) => tf.reshape(x, [3, 0]),
    withGradient,
  ),
  kernelCall(['ExpandDims', 'within'], cube, (x) => tf.expandDims(x, 1), withGradient),
  kernelCall(['ExpandDims', 'at the end'], cube, (x) => tf.expandDims(x, -1), withGradient),
  kernelCall(['Transpose', 'three axes'], cube, (x) => tf.transpose(x, [2, 0, 1]), withGradient),
  kernelCall(
    ['Transpose', 'a matrix of integers'],
    () => [integers([2, 3], 7)],
    (x) => tf.transpose(x),
  ),
  kernelCall(['Reverse', 'two axes'], cube, (x) => tf.reverse(x, [0, -1]), withGradient),
  kernelCall(
    ['Concat', 'three along an axis'],
    () => [floats([2, 1]), floats([2, 3], 1), floats([2, 2], 2)],
    (...all) => tf.concat(all, 1),
    withGradient,
  ),
  kernelCall(
    ['Concat', 'one is empty'],
    () => [floats([0, 2]), floats([3, 2])],
    (...all) => tf.concat(all, 0),
    withGradient,
  ),
  kernelCall(
    ['Concat', 'integers'],
    () => [integers([2], 4), integers([3], 5)],
    (...all) => tf.concat(all),
  ),
  kernelCall(
    ['Pack', 'a new axis within'],
    () => [floats([2, 3]), floats([2, 3], 1)],
    (...all) => tf.stack(all, 1),
    {
      gradient: true,
    },
  ),
  kernelCall(['Unpack', 'an axis within'], cube, (x) => tf.unstack(x, 1), withGradient),
  kernelCall(['SplitV', 'parts'], cube, (x) => tf.split(x, 2, 2), withGradient),
  kernelCall(['SplitV', 'one part'], cube, (x) => tf.split(x, 1, 1), withGradient),
  kernelCall(
    ['Unpack', 'one row'],
    () => [floats([1, 3])],
    (x) => tf.unstack(x),
    withGradient,
  ),
  kernelCall(['SplitV', 'lengths'], cube, (x) => tf.split(x, [1, 3], -1), withGradient),
  kernelCall(
    ['Tile', 'two axes'],
    () => [floats([2, 3])],
    (x) => tf.tile(x, [2, 3]),
    withGradient,
  ),
  kernelCall(
    ['Tile', 'broadcast to'],
    () => [floats([2, 1, 3])],
    (x) => tf.broadcastTo(x, [4, 2, 2, 3]),
    withGradient,
  ),
  kernelCall(
    ['Tile', 'five axes'],
    () => [floats([2, 1, 2, 1, 2])],
    (x) => tf.tile(x, [1, 3, 1, 2, 2]),
    withGradient,
  ),
  kernelCall(
    ['PadV2', 'zeros'],
    () => [floats([2, 3])],
    (x) =>
      tf.pad(x, [
        [1, 0],
        [0, 2],
      ]),
    withGradient,
  ),
  kernelCall(
    ['PadV2', 'a number'],
    () => [integers([2], 5)],
    (x) => tf.pad(x, [[1, 2]], 7),
  ),
  kernelCall(
    ['MirrorPad', 'reflect'],
    () => [floats([2, 3])],
    (x) =>
      tf.mirrorPad(
        x,
        [
          [1, 0],
          [2, 1],
        ],
        'reflect',
      ),
    withGradient,
  ),
  kernelCall(
    ['MirrorPad', 'symmetric'],
    () => [floats([2, 3])],
    (x) =>
      tf.mirrorPad(
        x,
        [
          [1, 0],
          [2, 1],
        ],
        'symmetric',
      ),
    withGradient,
  ),
  kernelCall(['Slice', 'to the end'], cube, (x) => tf.slice(x, [0, 1, 2], [1, -1, 2]), withGradient),
  kernelCall(
    ['Slice', 'the first axis'],
    () => [integers([4, 2], 9)],
    (x) => tf.slice(x, 1, 2),
  ),
  kernelCall(['StridedSlice', 'steps'], cube, (x) => tf.stridedSlice(x, [0, 2, 0], [2, 0, 4], [1, -1, 2])),
  kernelCall(['StridedSlice', 'masks'], cube, (x) =>
    tf.stridedSlice(x, [1, 0, 1], [2, 0, 3], [1, 1, 1], 0, 0, 2, 0, 1),
  ),
  kernelCall(['StridedSlice', 'a new axis'], cube, (x) =>
    tf.stridedSlice(x, [0, 0, 1], [0, 2, 3], [1, 1, 1], 0, 0, 0, 1, 0),
  ),
  kernelCall(
    ['SpaceToBatchND', 'with padding'],
    () => [floats([1, 3, 4, 2])],
    (x) =>
      tf.spaceToBatchND(
        x,
        [2, 2],
        [
          [1, 0],
          [0, 0],
        ],
      ),
    {
      gradient: true,
    },
  ),
  kernelCall(
    ['BatchToSpaceND', 'with crops'],
    () => [floats([4, 2, 2, 1])],
    (x) =>
      tf.batchToSpaceND(
        x,
        [2, 2],
        [
          [0, 1],
          [1, 0],
        ],
      ),
    {
      gradient: true,
    },
  ),
  kernelCall(
    ['DepthToSpace', 'blocks of three'],
    () => [floats([1, 2, 2, 9])],
    (x) => tf.depthToSpace(x as tf.Tensor4D, 3),
  ),
  kernelCall(['Diag', 'a vector'], () => [floats([3])], tf.diag),
  kernelCall(
    ['Sub', 'a band of a matrix'],
    () => [floats([3, 4])],
    (x) => tf.linalg.bandPart(x, 1, 0),
    withGradient,
  ),
];

const creationCalls: readonly KernelCall[] = [
  kernelCall(
    ['Fill', 'numbers'],
    () => [],
    () => tf.fill([2, 3], 4),
  ),
  kernelCall(
    ['Fill', 'a large one of integers'],
    () => [],
    () => tf.fill([200], 4, 'int32'),
  ),
  kernelCall(
    ['LinSpace', 'five'],
    () => [],
    () => tf.linspace(0, 1, 5),
  ),
  kernelCall(
    ['Range', 'backwards'],
    () => [],
    () => tf.range(5, 0, -2),
  ),
  kernelCall(
    ['Range', 'integers'],
    () => [],
    () => tf.range(1, 8, 3, 'int32'),
  ),
  kernelCall(
    ['Range', 'fractions'],
    () => [],
    () => tf.range(0, 1, 0.25),
  ),
  kernelCall(
    ['OneHot', 'a matrix'],
    () => [integers([2, 3], 4)],
    (x) => tf.oneHot(x, 4),
  ),
  kernelCall(
    ['OneHot', 'with values'],
    () => [integers([3], 4)],
    (x) => tf.oneHot(x, 4, 0.75, -0.25),
  ),
];

const indexCalls: readonly KernelCall[] = [
  kernelCall(
    ['GatherV2', 'rows'],
    () => [floats([4, 3]), integers([2, 2], 4)],
    (x, rows) => tf.gather(x, rows),
    withGradient,
  ),
  kernelCall(
    ['GatherV2', 'columns'],
    () => [floats([4, 3]), integers([2], 3)],
    (x, columns) => tf.gather(x, columns, 1),
    withGradient,
  ),
  kernelCall(
    ['GatherV2', 'columns, an axis from the end'],
    () => [floats([2, 4, 3]), integers([2], 3)],
    (x, columns) => tf.gather(x, columns, -2),
    withGradient,
  ),
  kernelCall(
    ['GatherV2', 'one per row'],
    () => [floats([4, 3]), integers([4, 1], 3)],
    (x, places) => tf.gather(x, places, 1, 1),
    withGradient,
  ),
  kernelCall(
    ['GatherNd', 'rows'],
    () => [floats([2, 3, 2]), integers([4, 2], 2)],
    (x, places) => tf.gatherND(x, places),
    withGradient,
  ),
  kernelCall(
    ['ScatterNd', 'rows'],
    () => [tf.tensor2d([[1], [3]], [2, 1], 'int32'), floats([2, 3])],
    (places, rows) => tf.scatterND(places, rows, [4, 3]),
  ),
  kernelCall(
    ['TensorScatterUpdate', 'rows'],
    () => [floats([4, 3]), tf.tensor2d([[1], [3]], [2, 1], 'int32'), floats([2, 3], 1)],
    (x, places, rows) => tf.tensorScatterUpdate(x, places, rows),
  ),
  kernelCall(
    ['UnsortedSegmentSum', 'rows'],
    () => [floats([4, 3]), integers([4], 3)],
    (x, segments) => tf.unsortedSegmentSum(x, segments as tf.Tensor1D, 3),
    withGradient,
  ),
  kernelCall(
    ['SparseToDense', 'a vector'],
    () => [tf.tensor1d([1, 3], 'int32'), floats([2]), floats([], 1)],
    (places, numbers, otherwise) => tf.sparseToDense(places, numbers, [5], otherwise as tf.Scalar),
  ),
  kernelCall(
    ['Bincount', 'with weights'],
    () => [integers([6], 4), fractions([6])],
    (x, weights) => tf.bincount(x as tf.Tensor1D, weights as tf.Tensor1D, 5),
  ),
  kernelCall(
    ['TopK', 'sorted'],
    () => [floats([2, 5])],
    (x) => Object.values(tf.topk(x, 3)),
  ),
  kernelCall(
    ['TopK', 'integers'],
    () => [integers([5], 9)],
    (x) => Object.values(tf.topk(x, 2)),
  ),
  kernelCall(
    ['Unique', 'a vector'],
    () => [integers([6], 3)],
    (x) => Object.values(tf.unique(x)),
    {
      refused: true,
    },
  ),
  kernelCall(
    ['Multinomial', 'a seed'],
    () => [floats([2, 3])],
    (x) => tf.multinomial(x as tf.Tensor2D, 4, 7, false),
    { refused: true },
  ),
];

const productCalls: readonly KernelCall[] = [
  kernelCall(
    ['BatchMatMul', 'matrices'],
    () => [floats([2, 3]), floats([3, 4], 1)],
    (a, b) => tf.matMul(a, b),
    {
      gradient: true,
    },
  ),
  ...[
    [true, false],
    [false, true],
    [true, true],
  ].map(([transposeA, transposeB]) =>
    kernelCall(
      ['BatchMatMul', `transposed ${transposeA}, ${transposeB}`],
      () => [floats(transposeA ? [3, 2] : [2, 3]), floats(transposeB ? [4, 3] : [3, 4], 1)],
      (a, b) => tf.matMul(a, b, transposeA, transposeB),
      withGradient,
    ),
  ),
  kernelCall(
    ['BatchMatMul', 'batches'],
    () => [floats([2, 2, 2, 3]), floats([2, 2, 3, 2], 1)],
    (a, b) => tf.matMul(a, b),
    withGradient,
  ),
  kernelCall(
    ['BatchMatMul', 'one matrix for a batch'],
    () => [floats([2, 2, 3]), floats([1, 3, 2], 1)],
    (a, b) => tf.matMul(a, b),
    withGradient,
  ),
  kernelCall(
    ['BatchMatMul', 'two vectors'],
    () => [floats([3]), floats([3], 1)],
    (a, b) => tf.dot(a, b),
    withGradient,
  ),
  kernelCall(
    ['Einsum', 'batches of products'],
    () => [floats([2, 3, 4]), floats([2, 4, 5], 1)],
    (a, b) => tf.einsum('bij,bjk->bik', a, b),
  ),
  kernelCall(
    ['Einsum', 'a sum over both'],
    () => [floats([3, 4]), floats([4], 1)],
    (a, b) => tf.einsum('ij,j->', a, b),
  ),
  ...(['linear', 'relu', 'elu', 'relu6', 'sigmoid'] as const).map((activation) =>
    kernelCall(
      ['_FusedMatMul', activation],
      () => [floats([2, 3]), floats([3, 4], 1), floats([4], 2)],
      (a, b, bias) => tf.fused.matMul({ a, b, bias, activation }),
      withGradient,
    ),
  ),
];

const signalCalls: readonly KernelCall[] = callsOnSame('two signals', () => [complexes([2, 4])], {
  FFT: (x) => tf.fft(x),
  IFFT: (x) => tf.ifft(x),
});

/** Calls of kernels that reduce, reshape, index, multiply and order. */
export const shapeCalls: readonly KernelCall[] = [
  ...reductionCalls,
  ...layoutCalls,
  ...creationCalls,
  ...indexCalls,
  ...productCalls,
  ...signalCalls,
];
