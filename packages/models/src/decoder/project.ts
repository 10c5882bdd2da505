import { type ParameterTree, tensorOf, tf } from '@rlloom/tensor';
import { linear } from './linear.ts';
import { rowNorms } from './row-norms.ts';

/** A linear layer of a layer of the decoder. */
export interface LinearModule {
  readonly name: string;
  /** Whether its matrix is stored `[in,out]`. Default false: `[out,in]`. */
  readonly storesInputFirst?: boolean;
}

/**
 * A linear layer by name, `x · weightᵀ + bias`, with the low-rank change that stands beside the weight, if any (LoRA,
 * arXiv:2106.09685): `x·Wᵀ + (s·x·Aᵀ)·Bᵀ + bias`. With a magnitude vector `m` the product without the bias is scaled per
 * output by `m / ‖W + s·B·A‖`, the length of the row being a constant to the gradient (DoRA, arXiv:2402.09353, 4.3).
 *
 * @param layer the layer's parameters: `<name>.weight`, and as they are there `<name>.bias`, `<name>.lora_A.weight`,
 * `<name>.lora_B.weight`, `<name>.lora_scaling`, `<name>.lora_magnitude_vector`
 * @param x `[N,in]`
 */
export function project(
  layer: ParameterTree,
  { name, storesInputFirst = false }: LinearModule,
  x: tf.Tensor2D,
): tf.Tensor2D {
  const weight = tensorOf(layer, `${name}.weight`) as tf.Tensor2D;
  const bias = layer[`${name}.bias`];
  const own: tf.Tensor2D = tf.matMul(x, weight, false, !storesInputFirst);
  const down = layer[`${name}.lora_A.weight`] as tf.Tensor2D | undefined;
  if (down === undefined) return bias === undefined ? own : tf.add(own, bias);
  const up = tensorOf(layer, `${name}.lora_B.weight`) as tf.Tensor2D;
  const scaling = tensorOf(layer, `${name}.lora_scaling`) as tf.Scalar;
  const changed = tf.add<tf.Tensor2D>(own, linear(tf.mul(linear(x, down), scaling), up));
  const magnitude = layer[`${name}.lora_magnitude_vector`];
  const product =
    magnitude === undefined
      ? changed
      : tf.mul<tf.Tensor2D>(changed, tf.div(magnitude, constantNorms(weight, { down, up, scaling, storesInputFirst })));
  return bias === undefined ? product : tf.add(product, bias);
}

/** A change of a matrix by `scaling · up · down`. */
export interface LowRankChange {
  readonly down: tf.Tensor2D;
  readonly up: tf.Tensor2D;
  readonly scaling: tf.Scalar;
  /** Whether the matrix is stored `[in,out]`. Default false. */
  readonly storesInputFirst?: boolean;
}

/** `weight + scaling · up · down` in the layout of the weight: `[out,in]`, or `[in,out]` where it is stored so. */
export function changedWeight(
  weight: tf.Tensor2D,
  { down, up, scaling, storesInputFirst = false }: LowRankChange,
): tf.Tensor2D {
  return tf.tidy(() => {
    const factor = tf.mul<tf.Tensor2D>(up, scaling);
    return tf.add(weight, storesInputFirst ? tf.matMul(down, factor, true, true) : tf.matMul(factor, down));
  });
}

// A function of no tensor has none to send a gradient to.
function constantNorms(weight: tf.Tensor2D, change: LowRankChange): tf.Tensor {
  return tf.customGrad(() => ({
    value: tf.tidy(() => rowNorms(changedWeight(weight, change), change.storesInputFirst)),
    gradFunc: () => [],
  }))();
}
