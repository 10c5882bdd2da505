import { tf } from '../../tf.ts';
import type { OperationCall, OperationDefinitions, Shape } from './define-operation.ts';
import { broadcast, frontAxis, lengthAt, pairs, sameShape, sizeOf, withLength } from './shape-arithmetic.ts';

/** Operations that give the same numbers another order or another shape, and join or cut tensors. */
export const layout: OperationDefinitions = {
  Reshape: {
    signature: 'tensor: T, shape: Tshape -> output: T',
    shapes: ({ shape, constant }) => [reshaped(shape(0), constant(1))],
  },
  EnsureShape: { signature: 'input: T -> output: T', shapes: sameShape },
  ExpandDims: {
    signature: 'input: T, dim: Tdim -> output: T',
    shapes: ({ shape, constant }) => {
      const place = frontAxis(constant(1)[0] ?? 0, shape(0).length + 1);
      return [shape(0).toSpliced(place, 0, 1)];
    },
  },
  Squeeze: {
    signature: 'input: T -> output: T',
    shapes: ({ shape, list }) => {
      const axes = new Set(list('squeeze_dims', []).map((axis) => frontAxis(axis, shape(0).length)));
      return [shape(0).filter((length, i) => (axes.size === 0 ? length !== 1 : !axes.has(i)))];
    },
  },
  Transpose: {
    signature: 'x: T, perm: Tperm -> y: T',
    shapes: ({ shape, constant }) => [constant(1).map((axis) => lengthAt(shape(0), axis))],
  },
  ReverseV2: { signature: 'tensor: T, axis: Tidx -> output: T', shapes: sameShape },
  Roll: { signature: 'input: T, shift: Tshift, axis: Taxis -> output: T', shapes: sameShape },
  InvertPermutation: { signature: 'x: T -> y: T', shapes: sameShape },
  MatrixBandPart: { signature: 'input: T, num_lower: Tindex, num_upper: Tindex -> band: T', shapes: sameShape },
  ConcatV2: {
    signature: 'values: N*T, axis: Tidx -> output: T',
    shapes: ({ shapes, constant }) => [joined(shapes.slice(0, -1), constant(-1)[0] ?? 0)],
  },
  Pack: {
    signature: 'values: N*T -> output: T',
    shapes: ({ shapes, number }) => {
      const [first = []] = shapes;
      const place = frontAxis(number('axis', 0), first.length + 1);
      if (shapes.some((shape) => shape.join() !== first.join()))
        throw new Error('tensors of different shapes do not stack');
      return [first.toSpliced(place, 0, shapes.length)];
    },
  },
  Unpack: {
    signature: 'value: T -> output: num*T',
    shapes: ({ shape, number }) => {
      const axis = frontAxis(number('axis', 0), shape(0).length);
      return Array.from({ length: lengthAt(shape(0), axis) }, () => shape(0).toSpliced(axis, 1));
    },
  },
  Split: {
    signature: 'split_dim: int32, value: T -> output: num_split*T',
    shapes: ({ shape, constant, number }) => {
      const [axis, parts] = [frontAxis(constant(0)[0] ?? 0, shape(1).length), number('num_split')];
      const length = lengthAt(shape(1), axis) / parts;
      return Array.from({ length: parts }, () => withLength(shape(1), axis, length));
    },
  },
  SplitV: {
    signature: 'value: T, size_splits: Tlen, split_dim: int32 -> output: num_split*T',
    shapes: ({ shape, constant }) => {
      const axis = frontAxis(constant(2)[0] ?? 0, shape(0).length);
      const sizes = constant(1);
      const rest = lengthAt(shape(0), axis) - sizes.filter((size) => size !== -1).reduce((sum, size) => sum + size, 0);
      return sizes.map((size) => withLength(shape(0), axis, size === -1 ? rest : size));
    },
  },
  Tile: {
    signature: 'input: T, multiples: Tmultiples -> output: T',
    shapes: ({ shape, constant }) => {
      const multiples = constant(1);
      return [shape(0).map((length, i) => length * (multiples[i] ?? 1))];
    },
  },
  BroadcastTo: {
    signature: 'input: T, shape: Tidx -> output: T',
    shapes: ({ shape, constant }) => [broadcast(shape(0), constant(1))],
  },
  Pad: { signature: 'input: T, paddings: Tpaddings -> output: T', shapes: padded },
  MirrorPad: { signature: 'input: T, paddings: Tpaddings -> output: T', shapes: padded },
  PadV2: { signature: 'input: T, paddings: Tpaddings, constant_values: T -> output: T', shapes: padded },
  Slice: {
    signature: 'input: T, begin: Index, size: Index -> output: T',
    shapes: ({ shape, constant }) => {
      const sizes = constant(2);
      // Only a size that says "to the end" needs the begin.
      const begin = sizes.includes(-1) ? constant(1) : [];
      return [sizes.map((size, i) => (size === -1 ? lengthAt(shape(0), i) - (begin[i] ?? 0) : size))];
    },
  },
  StridedSlice: {
    signature: 'input: T, begin: Index, end: Index, strides: Index -> output: T',
    shapes: (call) => [stridedSlice(call)],
  },
  StridedSliceGrad: {
    signature: 'shape: Index, begin: Index, end: Index, strides: Index, dy: T -> output: T',
    shapes: ({ constant }) => [constant(0)],
  },
  SpaceToBatchND: {
    signature: 'input: T, block_shape: Tblock_shape, paddings: Tpaddings -> output: T',
    shapes: ({ shape, constant }) => {
      const [block, paddings] = [constant(1), pairs(constant(2))];
      const [batch = 0, ...rest] = shape(0);
      const cut = rest.map((length, i) => {
        const [before, after] = paddings[i] ?? [0, 0];
        return (length + before + after) / (block[i] ?? 1);
      });
      return [[batch * sizeOf(block), ...cut]];
    },
  },
  BatchToSpaceND: {
    signature: 'input: T, block_shape: Tblock_shape, crops: Tcrops -> output: T',
    shapes: ({ shape, constant }) => {
      const [block, crops] = [constant(1), pairs(constant(2))];
      const [batch = 0, ...rest] = shape(0);
      const joinedLengths = rest.map((length, i) => {
        const [before, after] = crops[i] ?? [0, 0];
        return length * (block[i] ?? 1) - before - after;
      });
      return [[batch / sizeOf(block), ...joinedLengths]];
    },
  },
  DepthToSpace: {
    signature: 'input: T -> output: T',
    shapes: (call) => [
      blocks(
        call,
        (length, block) => length * block,
        (channels, area) => channels / area,
      ),
    ],
  },
  SpaceToDepth: {
    signature: 'input: T -> output: T',
    shapes: (call) => [
      blocks(
        call,
        (length, block) => length / block,
        (channels, area) => channels * area,
      ),
    ],
  },
  Diag: { signature: 'diagonal: T -> output: T', shapes: ({ shape }) => [[...shape(0), ...shape(0)]] },
};

function reshaped(from: Shape, to: Shape): Shape {
  const known = sizeOf(to.filter((length) => length !== -1));
  const shape = to.map((length) => (length === -1 ? (known === 0 ? 0 : sizeOf(from) / known) : length));
  if (sizeOf(shape) !== sizeOf(from) || !shape.every(Number.isInteger)) {
    throw new Error(`a tensor of shape [${from.join(', ')}] cannot be given the shape [${to.join(', ')}]`);
  }
  return shape;
}

function joined(shapes: readonly Shape[], axis: number): Shape {
  const [first = []] = shapes;
  const place = frontAxis(axis, first.length);
  const rest = (shape: Shape): string => shape.toSpliced(place, 1).join();
  if (shapes.some((shape) => shape.length !== first.length || rest(shape) !== rest(first))) {
    const said = shapes.map((shape) => `[${shape.join(', ')}]`).join(', ');
    throw new Error(`tensors of shapes ${said} cannot be joined along axis ${axis}`);
  }
  return withLength(
    first,
    place,
    shapes.reduce((sum, shape) => sum + lengthAt(shape, place), 0),
  );
}

function padded({ shape, constant }: OperationCall): readonly Shape[] {
  const paddings = pairs(constant(1));
  return [
    shape(0).map((length, i) => {
      const [before, after] = paddings[i] ?? [0, 0];
      return length + before + after;
    }),
  ];
}

function stridedSlice({ shape, constant, number }: OperationCall): Shape {
  const mask = (name: string): number => number(`${name}_mask`, 0);
  const { finalShape } = tf.slice_util.sliceInfo(
    [...shape(0)],
    constant(1),
    constant(2),
    constant(3),
    mask('begin'),
    mask('end'),
    mask('ellipsis'),
    mask('new_axis'),
    mask('shrink_axis'),
  );
  return finalShape;
}

/** Blocks of space to channels or back, by what becomes of a length in space and of the number of channels. */
function blocks(
  { shape, number, text }: OperationCall,
  inSpace: (length: number, block: number) => number,
  ofChannels: (channels: number, area: number) => number,
): Shape {
  const block = number('block_size');
  const channels = text('data_format', 'NHWC') === 'NHWC' ? 3 : 1;
  return shape(0).map((length, axis) => {
    if (axis === 0) return length;
    return axis === channels ? ofChannels(length, block ** 2) : inSpace(length, block);
  });
}
