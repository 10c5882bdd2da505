import { defineAlike, type OperationDefinitions, type ShapeFunction } from './define-operation.ts';
import { lengthAt, reduced, sameShape } from './shape-arithmetic.ts';

const reduction: ShapeFunction = ({ shape, constant, flag }) => [reduced(shape(0), constant(1), flag('keep_dims'))];

/** Operations that make one number of many, and running totals. */
export const reductions: OperationDefinitions = {
  ...defineAlike('EuclideanNorm Max Mean Min Prod Sum', 'input: T, reduction_indices: Tidx -> output: T', reduction),
  ...defineAlike('All Any', 'input: bool, reduction_indices: Tidx -> output: bool', reduction),
  ...defineAlike('ArgMax ArgMin', 'input: T, dimension: Tidx -> output: output_type=int64', ({ shape, constant }) => [
    reduced(shape(0), constant(1), false),
  ]),
  ...defineAlike('Cumprod Cumsum CumulativeLogsumexp', 'x: T, axis: Tidx -> out: T', sameShape),
  L2Loss: { signature: 't: T -> output: T', shapes: () => [[]] },
  BiasAddGrad: {
    signature: 'out_backprop: T -> output: T',
    shapes: ({ shape, text }) => [[lengthAt(shape(0), text('data_format', 'NHWC') === 'NHWC' ? -1 : 1)]],
  },
};
