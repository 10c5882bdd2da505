import { tf } from '../../../tf.ts';
import { floats, fractions, integers } from './call-inputs.ts';
import { type KernelCall, kernelCall, callsOnSame, withGradient } from './kernel-call.ts';

const picture = (): tf.Tensor[] => [floats([2, 5, 6, 3])];
const volume = (): tf.Tensor[] => [floats([1, 4, 5, 4, 2])];
const filtered = (): tf.Tensor[] => [floats([2, 5, 6, 3]), floats([2, 3, 3, 4], 1)];

const paddings = ['same', 'valid'] as const;

type Padding = 'same' | 'valid' | tf.backend_util.ExplicitPadding;

const explicit: Padding = [
  [0, 0],
  [1, 2],
  [0, 1],
  [0, 0],
];

const conv2d =
  (pad: Padding, strides: number, dilations = 1): KernelCall['call'] =>
  (x, filter) =>
    tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, pad, 'NHWC', dilations);

const depthwise =
  (pad: Padding, strides: number, dilations = 1): KernelCall['call'] =>
  (x, filter) =>
    tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, pad, 'NHWC', dilations);

const convolutionCalls: readonly KernelCall[] = [
  ...paddings.flatMap((pad) => [
    kernelCall(['Conv2D', pad], filtered, conv2d(pad, 1), withGradient),
    kernelCall(['Conv2D', `${pad}, strides`], filtered, conv2d(pad, 2), withGradient),
    kernelCall(['Conv2D', `${pad}, dilated`], filtered, conv2d(pad, 1, 2)),
    kernelCall(['DepthwiseConv2dNative', pad], filtered, depthwise(pad, 1), withGradient),
    kernelCall(['DepthwiseConv2dNative', `${pad}, strides`], filtered, depthwise(pad, 2), withGradient),
    kernelCall(['DepthwiseConv2dNative', `${pad}, dilated`], filtered, depthwise(pad, 1, 2)),
    kernelCall(
      ['Conv3D', pad],
      () => [floats([1, 4, 5, 4, 2]), floats([2, 2, 3, 2, 3], 1)],
      (x, filter) => tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, [1, 2, 1], pad),
      withGradient,
    ),
    kernelCall(
      ['Dilation2D', pad],
      () => [floats([2, 5, 6, 3]), floats([2, 3, 3], 1)],
      (x, filter) => tf.dilation2d(x as tf.Tensor4D, filter as tf.Tensor3D, [2, 1], pad, [1, 2]),
      withGradient,
    ),
    kernelCall(
      ['FusedConv2D', pad],
      () => [...filtered(), floats([4], 2)],
      (x, filter, bias) =>
        tf.fused.conv2d({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          strides: 1,
          pad,
          bias,
          activation: 'relu',
        }),
      withGradient,
    ),
    kernelCall(
      ['FusedDepthwiseConv2D', pad],
      () => [...filtered(), floats([12], 2)],
      (x, filter, bias) =>
        tf.fused.depthwiseConv2d({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          strides: 1,
          pad,
          bias,
          activation: 'relu6',
        }),
      withGradient,
    ),
  ]),
  kernelCall(['Conv2D', 'explicit padding'], filtered, conv2d(explicit, 2)),
  kernelCall(
    ['Conv2D', 'transposed'],
    () => [floats([2, 3, 3, 4]), floats([2, 3, 3, 4], 1)],
    (x, filter) => tf.conv2dTranspose(x as tf.Tensor4D, filter as tf.Tensor4D, [2, 6, 6, 3], 2, 'same'),
    withGradient,
  ),
  kernelCall(
    ['Conv2D', 'along one axis'],
    () => [floats([2, 6, 3]), floats([2, 3, 4], 1)],
    (x, filter) => tf.conv1d(x as tf.Tensor3D, filter as tf.Tensor3D, 1, 'same'),
    withGradient,
  ),
  kernelCall(['DepthwiseConv2dNative', 'explicit padding'], filtered, depthwise(explicit, 1)),
];

const poolingCalls: readonly KernelCall[] = paddings.flatMap((pad) => [
  kernelCall(['AvgPool', pad], picture, (x) => tf.avgPool(x as tf.Tensor4D, [2, 3], 2, pad), withGradient),
  kernelCall(['MaxPool', pad], picture, (x) => tf.maxPool(x as tf.Tensor4D, [2, 3], [1, 2], pad), withGradient),
  kernelCall(['AvgPool3D', pad], volume, (x) => tf.avgPool3d(x as tf.Tensor5D, 2, 2, pad), withGradient),
  kernelCall(['MaxPool3D', pad], volume, (x) => tf.maxPool3d(x as tf.Tensor5D, [2, 2, 1], 1, pad), withGradient),
]);

const normalizationCalls: readonly KernelCall[] = [
  kernelCall(
    ['FusedBatchNorm', 'one set for each channel'],
    () => [floats([2, 3, 2, 3]), floats([3], 1), fractions([3]), floats([3], 2), fractions([3], 1)],
    (...[x, mean, variance, offset, scale]) => tf.batchNorm(x, mean, variance, offset, scale, 1e-3),
    withGradient,
  ),
  kernelCall(
    ['FusedBatchNorm', 'without scale and offset'],
    () => [floats([2, 3, 2, 3]), floats([3], 1), fractions([3])],
    (x, mean, variance) => tf.batchNorm(x, mean, variance),
    withGradient,
  ),
  kernelCall(
    ['LRN', 'a radius of one'],
    picture,
    (x) => tf.localResponseNormalization(x as tf.Tensor4D, 1, 1, 0.5, 0.75),
    withGradient,
  ),
];

const resizes = (alignCorners: boolean): Readonly<Record<string, KernelCall['call']>> => ({
  ResizeBilinear: (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [7, 4], alignCorners),
  ResizeNearestNeighbor: (x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [7, 4], alignCorners),
});

const boxes = (): tf.Tensor =>
  tf.tensor2d([
    [0, 0, 0.5, 0.5],
    [0, 0, 0.6, 0.5],
    [0.5, 0.5, 1, 1],
  ]);

const pictureCalls: readonly KernelCall[] = [
  ...callsOnSame('larger and smaller', picture, resizes(false), withGradient),
  ...callsOnSame('corners aligned', picture, resizes(true), withGradient),
  kernelCall(['FlipLeftRight', 'two pictures'], picture, (x) => tf.image.flipLeftRight(x as tf.Tensor4D)),
  ...(['bilinear', 'nearest'] as const).map((method) =>
    kernelCall(
      ['CropAndResize', method],
      () => [...picture(), boxes(), integers([3], 2)],
      (x, places, picks) =>
        tf.image.cropAndResize(x as tf.Tensor4D, places as tf.Tensor2D, picks as tf.Tensor1D, [3, 2], method, 0.5),
    ),
  ),
  kernelCall(
    ['NonMaxSuppressionV3', 'indices'],
    () => [boxes(), fractions([3])],
    (places, scores) => tf.image.nonMaxSuppression(places as tf.Tensor2D, scores as tf.Tensor1D, 3),
    { refused: true },
  ),
  kernelCall(
    ['NonMaxSuppressionV4', 'padded'],
    () => [boxes(), fractions([3])],
    (places, scores) =>
      Object.values<tf.Tensor>(tf.image.nonMaxSuppressionPadded(places as tf.Tensor2D, scores as tf.Tensor1D, 3)),
    { refused: true },
  ),
  kernelCall(
    ['NonMaxSuppressionV5', 'with scores'],
    () => [boxes(), fractions([3])],
    (places, scores) =>
      Object.values<tf.Tensor>(tf.image.nonMaxSuppressionWithScore(places as tf.Tensor2D, scores as tf.Tensor1D, 3)),
    { refused: true },
  ),
];

/** Calls of kernels that move a window over space, and of those for pictures. */
export const imageCalls: readonly KernelCall[] = [
  ...convolutionCalls,
  ...poolingCalls,
  ...normalizationCalls,
  ...pictureCalls,
];
