import { defineAlike, type OperationDefinitions } from './define-operation.ts';

/** Operations that make tensors out of sizes and single numbers. */
export const creation: OperationDefinitions = {
  // TensorFlow has the shape of a constant in its `value`; here it is an attribute of its own.
  Const: { signature: '-> output: dtype', shapes: ({ list }) => [list('shape')] },
  Placeholder: { signature: '-> output: dtype', shapes: ({ list }) => [list('shape')] },
  Empty: { signature: 'shape: int32 -> output: dtype', shapes: ({ constant }) => [constant(0)] },
  Fill: { signature: 'dims: index_type, value: T -> output: T', shapes: ({ constant }) => [constant(0)] },
  Shape: { signature: 'input: T -> output: out_type=int32', shapes: ({ shape }) => [[shape(0).length]] },
  Size: { signature: 'input: T -> output: out_type=int32', shapes: () => [[]] },
  Rank: { signature: 'input: T -> output: int32', shapes: () => [[]] },
  LinSpace: { signature: 'start: T, stop: T, num: Tidx -> output: T', shapes: ({ constant }) => [constant(2)] },
  Range: {
    signature: 'start: Tidx, limit: Tidx, delta: Tidx -> output: Tidx',
    shapes: ({ constant }) => {
      const [start = 0, limit = 0, delta = 1] = [0, 1, 2].flatMap(constant);
      return [[Math.max(0, Math.ceil((limit - start) / delta))]];
    },
  },
  OneHot: {
    signature: 'indices: TI, depth: int32, on_value: T, off_value: T -> output: T',
    shapes: ({ shape, constant, number }) => {
      const axis = number('axis', -1);
      return [shape(0).toSpliced(axis === -1 ? shape(0).length : axis, 0, ...constant(1))];
    },
  },
  // Random numbers that follow from a seed which is an input.
  ...defineAlike(
    'StatelessRandomNormal StatelessRandomUniform StatelessTruncatedNormal',
    'shape: T, seed: Tseed -> output: dtype=float32',
    ({ constant }) => [constant(0)],
  ),
  StatelessRandomUniformInt: {
    signature: 'shape: T, seed: Tseed, minval: dtype, maxval: dtype -> output: dtype',
    shapes: ({ constant }) => [constant(0)],
  },
  StatelessMultinomial: {
    signature: 'logits: T, num_samples: int32, seed: Tseed -> output: output_dtype=int64',
    shapes: ({ shape, constant }) => [[...shape(0).slice(0, 1), ...constant(1)]],
  },
};
