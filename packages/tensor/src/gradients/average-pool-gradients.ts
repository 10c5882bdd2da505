import { tf } from '../tf.ts';

/**
 * The gradients of `AvgPool` and `AvgPool3D` where a window reaches over the border: the kernels of tfjs's own backends
 * share it among the padding too, those of TensorFlow do not.
 */
export function averagePoolGradients(stock: (kernelName: string) => tf.GradConfig): readonly tf.GradConfig[] {
  return [withoutPadding(stock('AvgPool'), axesOf2d), withoutPadding(stock('AvgPool3D'), axesOf3d)];
}

/** How windows lie along one axis. */
interface Windows {
  readonly axis: number;
  readonly length: number;
  readonly count: number;
  readonly size: number;
  readonly stride: number;
  readonly before: number;
}

type Attributes = Parameters<typeof tf.backend_util.computePool2DInfo>;

interface PoolAttributes {
  readonly filterSize: Attributes[1] & number;
  readonly strides: Attributes[2] & number;
  readonly pad: Attributes[4] & number;
  readonly dimRoundingMode: Attributes[5];
}

function withoutPadding(
  stock: tf.GradConfig,
  axesOf: (shape: readonly number[], attributes: PoolAttributes) => readonly Windows[],
): tf.GradConfig {
  return {
    ...stock,
    gradFunc: (dy, saved, attrs) => {
      if (!ownBackends.has(tf.getBackend())) return stock.gradFunc(dy, saved, attrs);
      const [x] = saved as [tf.Tensor];
      const windows = axesOf(x.shape, attrs as unknown as PoolAttributes);
      const scaled = windows.reduce((gradient, along) => tf.mul(gradient, fillings(along, x.rank)), dy as tf.Tensor);
      return stock.gradFunc(scaled, saved, attrs);
    },
  };
}

const ownBackends: ReadonlySet<string> = new Set(['cpu', 'wasm', 'webgpu']);

/** The size of each window over how much of it lies within the input, along its axis of a tensor of that rank. */
function fillings({ axis, length, count, size, stride, before }: Windows, rank: number): tf.Tensor {
  const ratios = Array.from({ length: count }, (_, place) => {
    const start = place * stride - before;
    return size / (Math.min(start + size, length) - Math.max(start, 0));
  });
  return tf.tensor(
    ratios,
    Array.from({ length: rank }, (_, i) => (i === axis ? count : 1)),
    'float32',
  );
}

function axesOf2d(shape: readonly number[], attributes: PoolAttributes): readonly Windows[] {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  const size = shape as [number, number, number, number];
  const pool = tf.backend_util.computePool2DInfo(size, filterSize, strides, 1, pad, dimRoundingMode);
  const { inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth, strideHeight, strideWidth } = pool;
  const { top, left } = pool.padInfo;
  return [
    { axis: 1, length: inHeight, count: outHeight, size: filterHeight, stride: strideHeight, before: top },
    { axis: 2, length: inWidth, count: outWidth, size: filterWidth, stride: strideWidth, before: left },
  ];
}

function axesOf3d(shape: readonly number[], attributes: PoolAttributes): readonly Windows[] {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  const size = shape as [number, number, number, number, number];
  const pool = tf.backend_util.computePool3DInfo(size, filterSize, strides, 1, pad, dimRoundingMode);
  const { filterDepth, filterHeight, filterWidth, strideDepth, strideHeight, strideWidth } = pool;
  const { front, top, left } = pool.padInfo;
  return [
    { axis: 1, length: pool.inDepth, count: pool.outDepth, size: filterDepth, stride: strideDepth, before: front },
    { axis: 2, length: pool.inHeight, count: pool.outHeight, size: filterHeight, stride: strideHeight, before: top },
    { axis: 3, length: pool.inWidth, count: pool.outWidth, size: filterWidth, stride: strideWidth, before: left },
  ];
}
