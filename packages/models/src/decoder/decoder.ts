import { type ParameterTree, tensorOf, tf } from '@rlloom/tensor';
import type { ModelConfig } from '../config/model-config.ts';
import { type KeysAndValues, selfAttention } from './attention.ts';
import type { DecoderCache } from './decoder-cache.ts';
import { feedForward } from './feed-forward.ts';
import { rmsNorm } from './rms-norm.ts';
import { rotationAt, scaleRotation } from './rotary.ts';

// B = sequences, T = new tokens, S = all tokens so far, H = hidden size.

/** What one pass through the decoder reads. */
export interface DecoderInput {
  /** `[B,T]` int32 */
  readonly tokens: tf.Tensor2D;
  /** Position of each token in its sequence, float32. `[B·T]` */
  readonly positions: tf.Tensor1D;
  /** Added to the attention scores, `[B,1,T,S]`; without it every token sees all of them. */
  readonly mask?: tf.Tensor4D | undefined;
  /** Keys and values of the tokens before; it brings the mask. */
  readonly past?: DecoderCache | undefined;
}

/** Hidden states after the final norm `[B·T,H]`, and keys and values of all tokens so far. */
export interface DecoderOutput {
  readonly hidden: tf.Tensor2D;
  readonly present: KeysAndValues[];
}

/** The decoder: embedding, pre-norm layers of attention and feed-forward, final norm. Call it inside `tf.tidy`. */
export function runDecoder(config: ModelConfig, parameters: ParameterTree, input: DecoderInput): DecoderOutput {
  const { tokens, positions, past } = input;
  const rotation = rotationAt(config, positions);
  const context = {
    batch: tokens.shape[0],
    rotation,
    queryRotation: scaleRotation(rotation, 1 / Math.sqrt(config.headDim)),
    mask: past === undefined ? input.mask : past.mask(null),
  };
  let x = tf.gather(
    tensorOf(parameters, 'model.embed_tokens.weight'),
    tf.reshape(tokens, [tokens.size]),
  ) as tf.Tensor2D;
  const present: KeysAndValues[] = [];
  for (const [index, layer] of layersOf(config, parameters).entries()) {
    const norm = (name: string, states: tf.Tensor2D) =>
      rmsNorm(states, tensorOf(layer, `${name}.weight`), config.rmsNormEps);
    const attended = selfAttention(config, layer, {
      x: norm('input_layernorm', x),
      past: past && ((next) => past.extend(index, next)),
      context,
    });
    present.push(attended.present);
    x = tf.add(x, attended.output);
    x = tf.add(x, feedForward(layer, norm('post_attention_layernorm', x)));
  }
  return { hidden: rmsNorm(x, tensorOf(parameters, 'model.norm.weight'), config.rmsNormEps), present };
}

function layersOf(config: ModelConfig, parameters: ParameterTree): ParameterTree[] {
  const layers = Array.from({ length: config.numHiddenLayers }, (): Record<string, tf.Tensor> => ({}));
  for (const [name, tensor] of Object.entries(parameters)) {
    const [, index, rest] = /^model\.layers\.(\d+)\.(.*)$/.exec(name) ?? [];
    const layer = layers[Number(index)];
    if (layer !== undefined && rest !== undefined) layer[rest] = tensor;
  }
  return layers;
}
