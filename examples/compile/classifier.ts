import { deriveSeed } from '@rlloom/spec';
import { type ParameterTree, tensorOf, tf } from '@rlloom/tensor';
import { imageSize } from './digits.ts';

// The model: TensorFlow.js as it is always written, which knows nothing of being compiled.

/** Weights and biases of the layers, drawn from the seed. */
export function initialParameters(hidden: readonly number[], seed: number): Record<string, tf.Tensor> {
  const sizes = [imageSize, ...hidden, 10];
  return Object.fromEntries(
    hidden.concat(10).flatMap((width, layer) => {
      const inputs = sizes[layer] as number;
      const weight = tf.randomNormal(
        [inputs, width],
        0,
        Math.sqrt(2 / inputs),
        'float32',
        deriveSeed(seed, 'weight', layer),
      );
      return [
        [`layer${layer}/weight`, weight],
        [`layer${layer}/bias`, tf.zeros([width])],
      ];
    }),
  );
}

/** `[batch, 10]`: how much each image looks like each digit. */
function logits(parameters: ParameterTree, images: tf.Tensor): tf.Tensor2D {
  const layers = Object.keys(parameters).length / 2;
  let x = images as tf.Tensor2D;
  for (let layer = 0; layer < layers; layer++) {
    const weight = tensorOf(parameters, `layer${layer}/weight`) as tf.Tensor2D;
    const sum = tf.add(tf.matMul(x, weight), tensorOf(parameters, `layer${layer}/bias`));
    x = (layer === layers - 1 ? sum : tf.relu(sum)) as tf.Tensor2D;
  }
  return x;
}

/** Mean cross-entropy, `[]`. */
export function loss(parameters: ParameterTree, images: tf.Tensor, labels: tf.Tensor): tf.Scalar {
  return tf.losses.softmaxCrossEntropy(tf.oneHot(labels, 10), logits(parameters, images));
}

/** How many images are recognized, `[]`. */
export function recognized(parameters: ParameterTree, images: tf.Tensor, labels: tf.Tensor): tf.Scalar {
  return tf.sum(tf.equal(tf.argMax(logits(parameters, images), -1), labels));
}
