import { type ParameterTree, tf } from '@rlloom/tensor';
import type { ExpertsConfig, ModelConfig } from '../config/model-config.ts';
import { feedForward } from './feed-forward.ts';
import { project } from './project.ts';

// N = rows, E = experts, H = hidden size.

/**
 * A mixture of experts: the sum of the feed-forward layers of a token's experts, each times its weight. Every expert
 * reads every token, with weight 0 where it was not chosen, so that shapes do not depend on the choice.
 *
 * @param layer the layer's parameters: `mlp.gate.weight` `[E,H]`, `mlp.experts.0.gate_proj.weight` and so on
 * @param x `[N,H]`
 */
export function mixtureOfExperts(
  config: Pick<ModelConfig, 'feedForward' | 'storesInputFirst'> & { readonly experts: ExpertsConfig },
  layer: ParameterTree,
  x: tf.Tensor2D,
): tf.Tensor2D {
  const { experts } = config;
  const weights = expertWeights(experts, project(layer, { name: experts.router }, x));
  const columns = tf.split(weights, experts.count, 1);
  const outputs = columns.map((weight, expert) => {
    const own = { ...config.feedForward, module: `${experts.module}.${expert}` };
    return tf.mul<tf.Tensor2D>(feedForward({ ...config, feedForward: own }, layer, x), weight);
  });
  return outputs.reduce((sum, output) => tf.add(sum, output));
}

/**
 * The weight of each expert for each token, 0 for all but the `countPerToken` with the greatest `softmax(logits)`.
 *
 * @param logits of the router, `[N,E]`
 * @returns `[N,E]`
 */
export function expertWeights(experts: ExpertsConfig, logits: tf.Tensor2D): tf.Tensor2D {
  const probabilities = tf.softmax(logits);
  const chosen = tf.mul<tf.Tensor2D>(probabilities, chosenExperts(experts, probabilities));
  return experts.normalizesWeights ? tf.div(chosen, tf.sum(chosen, 1, true)) : chosen;
}

// The choice has no gradient: a function of no tensor has none to send one to.
function chosenExperts({ count, countPerToken }: ExpertsConfig, probabilities: tf.Tensor2D): tf.Tensor {
  return tf.customGrad(() => ({
    value: tf.tidy(() => {
      const { indices } = tf.topk(probabilities, countPerToken);
      return tf.sum(tf.cast(tf.oneHot(tf.cast(indices, 'int32'), count), 'float32'), 1);
    }),
    gradFunc: () => [],
  }))();
}
