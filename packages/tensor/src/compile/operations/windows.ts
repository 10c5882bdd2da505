import { type OperationCall, type OperationDefinitions, defineAlike, type Shape } from './define-operation.ts';
import { lengthAt, sameShape } from './shape-arithmetic.ts';

/** Operations that move a window over the space of an image or a volume: convolution, pooling, normalization. */
export const windows: OperationDefinitions = {
  Conv2D: { signature: 'input: T, filter: T -> output: T', shapes: convolution },
  Conv3D: { signature: 'input: T, filter: T -> output: T', shapes: convolution },
  DepthwiseConv2dNative: { signature: 'input: T, filter: T -> output: T', shapes: depthwise },
  ...defineAlike(
    'Conv2DBackpropFilter Conv3DBackpropFilterV2 DepthwiseConv2dNativeBackpropFilter',
    'input: T, filter_sizes: int32, out_backprop: T -> output: T',
    ({ constant }) => [constant(1)],
  ),
  ...defineAlike(
    'Conv2DBackpropInput DepthwiseConv2dNativeBackpropInput',
    'input_sizes: int32, filter: T, out_backprop: T -> output: T',
    ({ constant }) => [constant(0)],
  ),
  Conv3DBackpropInputV2: {
    signature: 'input_sizes: Tshape, filter: T, out_backprop: T -> output: T',
    shapes: ({ constant }) => [constant(0)],
  },
  ...defineAlike('AvgPool', 'value: T -> output: T', pooling),
  ...defineAlike('AvgPool3D MaxPool MaxPool3D', 'input: T -> output: T', pooling),
  ...defineAlike('AvgPool3DGrad AvgPoolGrad', 'orig_input_shape: int32, grad: T -> output: T', ({ constant }) => [
    constant(0),
  ]),
  MaxPoolGrad: { signature: 'orig_input: T, orig_output: T, grad: T -> output: T', shapes: sameShape },
  MaxPool3DGrad: { signature: 'orig_input: TInput, orig_output: TInput, grad: T -> output: T', shapes: sameShape },
  Dilation2D: { signature: 'input: T, filter: T -> output: T', shapes: dilation },
  Dilation2DBackpropFilter: {
    signature: 'input: T, filter: T, out_backprop: T -> filter_backprop: T',
    shapes: ({ shape }) => [shape(1)],
  },
  Dilation2DBackpropInput: {
    signature: 'input: T, filter: T, out_backprop: T -> in_backprop: T',
    shapes: sameShape,
  },
  LRN: { signature: 'input: T -> output: T', shapes: sameShape },
  LRNGrad: { signature: 'input_grads: T, input_image: T, output_image: T -> output: T', shapes: sameShape },
  FusedBatchNorm: {
    signature:
      'x: T, scale: T, offset: T, mean: T, variance: T -> ' +
      'y: T, batch_mean: T, batch_variance: T, reserve_space_1: T, reserve_space_2: T',
    shapes: ({ shape }) => [shape(0), shape(1), shape(1), shape(1), shape(1)],
  },
};

/** Where the channels are, and the axes of space between. */
interface Format {
  readonly channels: number;
  readonly space: readonly number[];
}

function formatOf({ shape, text }: OperationCall): Format {
  const rank = shape(0).length;
  const last = !text('data_format', 'N...C').startsWith('NC');
  const space = Array.from({ length: rank - 2 }, (_, i) => (last ? i + 1 : i + 2));
  return { channels: last ? rank - 1 : 1, space };
}

/** How far a window reaches, along one axis of space. */
interface Window {
  readonly length: number;
  readonly window: number;
  readonly stride: number;
  readonly dilation: number;
  /** Zeros before and after, for `EXPLICIT`. */
  readonly padding: readonly [number, number];
}

function places(padding: string, { length, window, stride, dilation, padding: [before, after] }: Window): number {
  const reach = (window - 1) * dilation + 1;
  switch (padding) {
    case 'SAME':
      return Math.ceil(length / stride);
    case 'VALID':
      return Math.max(0, Math.ceil((length - reach + 1) / stride));
    case 'EXPLICIT':
      return Math.max(0, Math.floor((length + before + after - reach) / stride) + 1);
    default:
      throw new Error(`there is no padding ${padding}`);
  }
}

/** The output's shape, where `windowLength` says the length of the window along the i-th axis of space. */
function slide(call: OperationCall, channels: number, windowLength: (i: number) => number): Shape {
  const { shape, list, text } = call;
  const format = formatOf(call);
  const dilations = list('dilations', list('rates', []));
  const explicit = list('explicit_paddings', []);
  return shape(0).map((length, axis) => {
    if (axis === format.channels) return channels;
    const i = format.space.indexOf(axis);
    if (i === -1) return length;
    return places(text('padding'), {
      length,
      window: windowLength(i),
      stride: lengthAt(list('strides'), axis),
      dilation: dilations[axis] ?? 1,
      padding: [explicit[2 * axis] ?? 0, explicit[2 * axis + 1] ?? 0],
    });
  });
}

function convolution(call: OperationCall): readonly Shape[] {
  const filter = call.shape(1);
  return [slide(call, lengthAt(filter, -1), (i) => lengthAt(filter, i))];
}

function depthwise(call: OperationCall): readonly Shape[] {
  const [height = 0, width = 0, channels = 0, multiplier = 0] = call.shape(1);
  return [slide(call, channels * multiplier, (i) => [height, width][i] ?? 1)];
}

function pooling(call: OperationCall): readonly Shape[] {
  const { channels, space } = formatOf(call);
  const window = call.list('ksize');
  return [slide(call, lengthAt(call.shape(0), channels), (i) => window[space[i] ?? 0] ?? 1)];
}

function dilation(call: OperationCall): readonly Shape[] {
  const filter = call.shape(1);
  return [slide(call, lengthAt(filter, -1), (i) => lengthAt(filter, i))];
}
