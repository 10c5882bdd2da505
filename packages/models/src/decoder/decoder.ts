import { type ParameterTree, tensorOf, tf } from '@rlloom/tensor';
import type { LayerConfig, ModelConfig } from '../config/model-config.ts';
import { recomputeLayer } from '../recompute/recompute-layer.ts';
import type { AttentionContext, KeysAndValues } from './attention.ts';
import { windowedMask } from './attention-mask.ts';
import type { DecoderCache } from './decoder-cache.ts';
import { decoderLayer, type LayerInput } from './decoder-layer.ts';
import { normalize } from './normalize.ts';
import { type Rotation, rotationAt, scaleRotation } from './rotary.ts';

// B = sequences, T = new tokens, S = all tokens so far, H = hidden size.

/** What one pass through the decoder reads. */
export type DecoderInput = TokenPositions & {
  /** `[B,T]` int32 */
  readonly tokens: tf.Tensor2D;
  /** Vectors to read in the place of the tokens' own. `[B·T,H]` */
  readonly embeddings?: tf.Tensor2D | undefined;
  /** Added to the attention scores, `[B,1,T,S]`; without it every token sees all of them within its layer's window. */
  readonly mask?: tf.Tensor4D | undefined;
  /** Whether rotations are done in parts, as a compiler likes them; with the same numbers. Default false. */
  readonly rotatesInParts?: boolean | undefined;
  /** Keys and values of the tokens before; it brings the mask. */
  readonly past?: DecoderCache | undefined;
  /** Whether the output has keys and values; not with `gradientCheckpointing`. Default true. */
  readonly keepsPresent?: boolean | undefined;
  /** Layers forget all but their input, and run again when their gradient is taken. Default false. */
  readonly gradientCheckpointing?: boolean | undefined;
};

/** The position of each token in its sequence, float32, `[B·T]`, or what follows from others than these. */
export type TokenPositions = { readonly positions: tf.Tensor1D } | { readonly rotation: Rotation };

/** Hidden states after the final norm `[B·T,H]`, and keys and values of all tokens so far. */
export interface DecoderOutput {
  readonly hidden: tf.Tensor2D;
  readonly present: KeysAndValues[];
}

/**
 * The decoder: embedding, layers of attention and feed-forward, final norm. Call it inside `tf.tidy`.
 */
export function runDecoder(config: ModelConfig, parameters: ParameterTree, input: DecoderInput): DecoderOutput {
  const contextOf = attentionContexts(config, input);
  let x = embed(config, parameters, input);
  const present: KeysAndValues[] = [];
  const trees = layersOf(config, parameters);
  for (const [index, layer] of config.layers.entries()) {
    const past = input.past && ((next: KeysAndValues) => input.past?.extend(index, next) ?? next);
    const output = runLayer(config, trees[index] ?? {}, { ...input, x, past, context: contextOf(layer), layer });
    if (output.present !== undefined) present.push(output.present);
    if (x !== input.embeddings) x.dispose();
    x = output.x;
  }
  return { hidden: normalize(config.norm, { parameters, name: config.names.finalNorm }, x), present };
}

function runLayer(
  config: ModelConfig,
  parameters: ParameterTree,
  input: LayerInput & Pick<DecoderInput, 'keepsPresent' | 'gradientCheckpointing'>,
): { readonly x: tf.Tensor2D; readonly present?: KeysAndValues } {
  const { keepsPresent = true, gradientCheckpointing = false } = input;
  if (gradientCheckpointing) return { x: recomputeLayer(config, parameters, input) };
  // What a cache takes up is not the layer's to free.
  if (input.past !== undefined) return decoderLayer(config, parameters, input);
  return tf.tidy(() => {
    const { x, present } = decoderLayer(config, parameters, input);
    return keepsPresent ? { x, present } : { x };
  });
}

function embed(config: ModelConfig, parameters: ParameterTree, input: DecoderInput): tf.Tensor2D {
  const { tokens } = input;
  const { embedding, names } = config;
  const lookUp = (name: string, ids: tf.Tensor1D): tf.Tensor2D =>
    tf.gather(tensorOf(parameters, `${name}.weight`) as tf.Tensor2D, ids);
  const ofTokens = input.embeddings ?? lookUp(names.embedding, tf.reshape(tokens, [tokens.size]));
  const scaled = embedding.scale === 1 ? ofTokens : tf.mul<tf.Tensor2D>(ofTokens, embedding.scale);
  if (embedding.positions === null || !('positions' in input)) return scaled;
  return tf.add(scaled, lookUp(embedding.positions, tf.cast(input.positions, 'int32')));
}

/** What attention knows beside its input; layers that agree share it. */
function attentionContexts(config: ModelConfig, input: DecoderInput): (layer: LayerConfig) => AttentionContext {
  const [batch, time] = input.tokens.shape;
  const rotations = config.rotaries.map((rotary) => {
    const rotation =
      'rotation' in input ? input.rotation : rotationAt(rotary, { width: config.headDim, batch }, input.positions);
    return {
      rotation,
      queryRotation: scaleRotation(rotation, config.attention.scale),
      pairs: input.rotatesInParts === true ? rotary.width / 2 : undefined,
    };
  });
  const masks = new Map<number | null, tf.Tensor4D | undefined>();
  const maskOf = (window: number | null): tf.Tensor4D | undefined =>
    input.past === undefined ? windowedMask(input.mask, { time, length: time, window }) : input.past.mask(window);
  return ({ window, rotary }) => {
    if (!masks.has(window)) masks.set(window, maskOf(window));
    const { rotation, queryRotation, pairs } = rotations[rotary ?? -1] ?? {};
    return { batch, rotation, queryRotation, pairs, mask: masks.get(window) };
  };
}

function layersOf({ names, numHiddenLayers }: ModelConfig, parameters: ParameterTree): ParameterTree[] {
  const layers = Array.from({ length: numHiddenLayers }, (): Record<string, tf.Tensor> => ({}));
  const start = `${names.layers}.`;
  for (const [name, tensor] of Object.entries(parameters)) {
    if (!name.startsWith(start)) continue;
    const end = name.indexOf('.', start.length);
    const layer = layers[Number(name.slice(start.length, end))];
    if (layer !== undefined) layer[name.slice(end + 1)] = tensor;
  }
  return layers;
}
