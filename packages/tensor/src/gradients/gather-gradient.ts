import { tf } from '../tf.ts';

/**
 * The gradient of `GatherV2`. With `batchDims` tfjs's own fails in Node and would work item by item; here the indices
 * of all items are moved into one flat table, so that picking one logit per token costs one scatter.
 */
export function gatherGradient(stock: tf.GradConfig): tf.GradConfig {
  return {
    ...stock,
    gradFunc: (dy, saved, attrs) => {
      const [x, indices] = saved as [tf.Tensor, tf.Tensor];
      const { axis, batchDims } = attrs as unknown as { readonly axis: number; readonly batchDims: number };
      const rowAxis = axis < 0 ? axis + x.rank : axis;
      if (rowAxis !== batchDims) {
        if (batchDims === 0) return stock.gradFunc(dy, saved, attrs);
        throw new Error(
          `the gradient of gather needs axis = batchDims or batchDims = 0, got ${rowAxis} and ${batchDims}`,
        );
      }
      return { x: () => scatterRows(dy as tf.Tensor, x, { indices, batchDims }), indices: () => tf.zerosLike(indices) };
    },
  };
}

function scatterRows(
  dy: tf.Tensor,
  x: tf.Tensor,
  { indices, batchDims }: { readonly indices: tf.Tensor; readonly batchDims: number },
): tf.Tensor {
  const rows = x.shape[batchDims] as number;
  const batch = tf.util.sizeFromShape(x.shape.slice(0, batchDims));
  const rowShape = x.shape.slice(batchDims + 1);
  const perItem = tf.reshape(indices, [batch, -1]);
  const flat =
    batch === 1 ? perItem : tf.add(perItem, tf.reshape(tf.range(0, batch * rows, rows, 'int32'), [batch, 1]));
  const updates = tf.reshape(dy, [indices.size, ...rowShape]);
  return tf.reshape(tf.unsortedSegmentSum(updates, tf.reshape<tf.Rank.R1>(flat, [-1]), batch * rows), x.shape);
}

/** The gradient of `GatherNd`, which tfjs has none for: the updates scattered back, added where they meet. */
export const gatherNdGradient: tf.GradConfig = {
  kernelName: 'GatherNd',
  inputsToSave: ['params', 'indices'],
  gradFunc: (dy, saved) => {
    const [params, indices] = saved as [tf.Tensor, tf.Tensor];
    return {
      params: () => tf.scatterND(indices, dy as tf.Tensor, params.shape),
      indices: () => tf.zerosLike(indices),
    };
  },
};
