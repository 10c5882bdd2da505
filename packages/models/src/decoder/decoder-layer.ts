import { type ParameterTree, tf } from '@rlloom/tensor';
import type { LayerConfig, ModelConfig } from '../config/model-config.ts';
import { type AttentionContext, type ExtendPast, type KeysAndValues, selfAttention } from './attention.ts';
import { mixtureOfExperts } from './experts.ts';
import { feedForward } from './feed-forward.ts';
import { normalize } from './normalize.ts';

// B = sequences, T = new tokens, H = hidden size.

/** What one layer reads. */
export interface LayerInput {
  /** `[B·T,H]` */
  readonly x: tf.Tensor2D;
  readonly past: ExtendPast | undefined;
  readonly context: AttentionContext;
  readonly layer: LayerConfig;
}

/**
 * One layer: `x + attention(norm(x))`, then the same with the feed-forward layer or the experts. What is added passes
 * a norm of its own where the family has one.
 *
 * @param parameters those of the layer, by their names within it
 * @returns `[B·T,H]`, and keys and values of all tokens so far
 */
export function decoderLayer(
  config: ModelConfig,
  parameters: ParameterTree,
  { x, past, context, layer }: LayerInput,
): { readonly x: tf.Tensor2D; readonly present: KeysAndValues } {
  const { names, experts } = config;
  const normal = (name: string | null, states: tf.Tensor2D) =>
    name === null ? states : normalize(config.norm, { parameters, name }, states);
  const attended = selfAttention(config, parameters, { x: normal(names.attentionNorm, x), past, context });
  const middle = tf.add<tf.Tensor2D>(x, normal(names.attentionOutputNorm, attended.output));
  const input = normal(names.feedForwardNorm, middle);
  const output =
    layer.hasExperts && experts !== null
      ? mixtureOfExperts({ ...config, experts }, parameters, input)
      : feedForward(config, parameters, input);
  return { x: tf.add<tf.Tensor2D>(middle, normal(names.feedForwardOutputNorm, output)), present: attended.present };
}
