import { defineAlike, type OperationDefinitions } from './define-operation.ts';
import { frontAxis, lengthAt, sameShape, withLength } from './shape-arithmetic.ts';

/** Operations that read or write at places that tensors say, and those that order. */
export const indexing: OperationDefinitions = {
  GatherV2: {
    signature: 'params: Tparams, indices: Tindices, axis: Taxis -> output: Tparams',
    shapes: ({ shape, constant, number }) => {
      const [params, indices] = [shape(0), shape(1)];
      const axis = frontAxis(constant(2)[0] ?? 0, params.length);
      const batch = number('batch_dims', 0);
      const batchAxes = batch < 0 ? batch + indices.length : batch;
      return [[...params.slice(0, axis), ...indices.slice(batchAxes), ...params.slice(axis + 1)]];
    },
  },
  Gather: {
    signature: 'params: Tparams, indices: Tindices -> output: Tparams',
    shapes: ({ shape }) => [[...shape(1), ...shape(0).slice(1)]],
  },
  GatherNd: {
    signature: 'params: Tparams, indices: Tindices -> output: Tparams',
    shapes: ({ shape }) => [[...shape(1).slice(0, -1), ...shape(0).slice(lengthAt(shape(1), -1))]],
  },
  ScatterNd: {
    signature: 'indices: Tindices, updates: T, shape: Tindices -> output: T',
    shapes: ({ constant }) => [constant(2)],
  },
  ...defineAlike(
    'TensorScatterAdd TensorScatterMax TensorScatterMin TensorScatterSub TensorScatterUpdate',
    'tensor: T, indices: Tindices, updates: T -> output: T',
    sameShape,
  ),
  ...defineAlike(
    'UnsortedSegmentMax UnsortedSegmentMin UnsortedSegmentProd UnsortedSegmentSum',
    'data: T, segment_ids: Tindices, num_segments: Tnumsegments -> output: T',
    ({ shape, constant }) => [[...constant(2), ...shape(0).slice(shape(1).length)]],
  ),
  SparseToDense: {
    signature: 'sparse_indices: Tindices, output_shape: Tindices, sparse_values: T, default_value: T -> dense: T',
    shapes: ({ constant }) => [constant(1)],
  },
  ...defineAlike('InplaceAdd InplaceSub InplaceUpdate', 'x: T, i: int32, v: T -> y: T', sameShape),
  XlaDynamicUpdateSlice: { signature: 'input: T, update: T, indices: Tindices -> output: T', shapes: sameShape },
  XlaDynamicSlice: {
    signature: 'input: T, start_indices: Tindices, size_indices: Tindices -> output: T',
    shapes: ({ constant }) => [constant(2)],
  },
  Bincount: { signature: 'arr: int32, size: int32, weights: T -> bins: T', shapes: ({ constant }) => [constant(1)] },
  TopKV2: {
    signature: 'input: T, k: Tk -> values: T, indices: index_type=int32',
    shapes: ({ shape, constant }) => {
      const best = withLength(shape(0), shape(0).length - 1, constant(1)[0] ?? 0);
      return [best, best];
    },
  },
};
