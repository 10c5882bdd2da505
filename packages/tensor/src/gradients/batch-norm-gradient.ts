import { tf } from '../tf.ts';
import { sumTo } from './sum-to.ts';

/** The gradient of `FusedBatchNorm`, also without a scale, which that of tfjs fails for. */
export const batchNormGradient: tf.GradConfig = {
  kernelName: 'FusedBatchNorm',
  inputsToSave: thoseGiven(['x', 'mean', 'variance', 'scale']),
  gradFunc: (dy, saved, attrs) => {
    const [x, mean, variance, scale] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor?];
    const upstream = dy as tf.Tensor;
    const perDeviation = tf.rsqrt(tf.add(variance, attrs['varianceEpsilon'] as number));
    const slope = scale === undefined ? perDeviation : tf.mul(perDeviation, scale);
    const ofX = tf.mul(upstream, slope);
    const centered = tf.sub(x, mean);
    return {
      x: () => sumTo(ofX, x.shape),
      mean: () => tf.neg(sumTo(ofX, mean.shape)),
      variance: () => {
        const summed = sumTo(tf.mul(ofX, centered), variance.shape);
        return tf.mul(summed, tf.mul(tf.square(perDeviation), -0.5));
      },
      scale: () => tf.mul(sumTo(tf.mul(upstream, centered), mean.shape), perDeviation),
      offset: () => sumTo(upstream, mean.shape),
    };
  },
};

/** Names of inputs to save, of which a call may leave some out: tfjs would save `undefined` for them, and fail. */
function thoseGiven(names: readonly string[]): string[] {
  const map = (read: (name: string) => unknown): unknown[] => names.map(read).filter((input) => input !== undefined);
  return Object.assign([...names], { map });
}
