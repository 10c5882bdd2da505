import { type ParameterTree, recompute, tf } from '@rlloom/tensor';
import type { ModelConfig } from '../config/model-config.ts';
import { normalize } from './normalize.ts';
import { project } from './project.ts';
import { type Rotation, rotate } from './rotary.ts';
import { softCap } from './soft-cap.ts';

// B = sequences, T = new tokens, S = all tokens so far, K = key-value heads, G = query heads per key-value head,
// D = width of a head, H = hidden size.

/** Keys and values of one layer for the tokens so far. `[B·K,S,D]` each. */
export type KeysAndValues = {
  readonly keys: tf.Tensor3D;
  readonly values: tf.Tensor3D;
};

/** Joins keys and values of the tokens before with those of new tokens. */
export type ExtendPast = (next: KeysAndValues) => KeysAndValues;

/** What attention needs to know beside its input; the same for every layer of a kind. */
export interface AttentionContext {
  readonly batch: number;
  /** `undefined`: the positions are in the input. */
  readonly rotation: Rotation | undefined;
  /** The rotation with the factor of the scores in it. */
  readonly queryRotation: Rotation | undefined;
  /** Pairs of a head that are rotated, where that is to be done by parts. */
  readonly pairs?: number | undefined;
  /** Added to the scores; `[B,1,T,S]`. */
  readonly mask: tf.Tensor4D | undefined;
}

/**
 * Grouped-query self-attention (arXiv:2305.13245). The query heads of a group stand below one another, so no key or
 * value is repeated.
 *
 * @param x `[B·T,H]`
 * @param layer the layer's parameters: `self_attn.q_proj.weight` and so on
 * @returns the output `[B·T,H]`, and keys and values with those of the new tokens
 */
export function selfAttention(
  config: ModelConfig,
  layer: ParameterTree,
  input: { readonly x: tf.Tensor2D; readonly past: ExtendPast | undefined; readonly context: AttentionContext },
): { readonly output: tf.Tensor2D; readonly present: KeysAndValues } {
  const { x, past, context } = input;
  const { numAttentionHeads: heads, numKeyValueHeads: keyValueHeads, headDim: width } = config;
  const { batch } = context;
  const time = x.shape[0] / batch;
  const group = heads / keyValueHeads;

  const headsFirst = (states: tf.Tensor, count: number): tf.Tensor4D =>
    swapTimeAndHeads(tf.reshape(states, [batch, time, count, width]));
  const cached = (states: tf.Tensor): tf.Tensor3D =>
    tf.reshape(headsFirst(states, keyValueHeads), [batch * keyValueHeads, time, width]);
  const projected = projectHeads(config, layer, x);
  const queries = tf.reshape(headsFirst(positioned(projected.queries, context, config), heads), [
    batch * keyValueHeads,
    group * time,
    width,
  ]);
  const newKeys = cached(
    context.rotation === undefined ? projected.keys : rotate(projected.keys, context.rotation, context.pairs),
  );
  const newValues = cached(projected.values);
  const next = { keys: newKeys, values: newValues };
  const { keys, values } = past === undefined ? next : past(next);

  const { mask } = context;
  const mixed = recompute(
    (given) => mixValues(config, given as AttentionInputs, [batch, heads, time]),
    { queries, keys, values, ...(mask && { mask }) },
    { only: 'compiled' },
  );
  const joined = tf.reshape(swapTimeAndHeads(tf.reshape(mixed, [batch, heads, time, width])), [
    batch * time,
    heads * width,
  ]);
  const { storesInputFirst } = config;
  return {
    output: project(layer, { name: config.attention.output, storesInputFirst }, joined as tf.Tensor2D),
    present: { keys, values },
  };
}

type AttentionInputs = {
  /** `[B·K,G·T,D]` */
  readonly queries: tf.Tensor3D;
  readonly mask?: tf.Tensor4D;
} & KeysAndValues;

// Weights of the tokens by queries and keys, and the values so weighed: `[B·K,G·T,D]`.
function mixValues(
  config: ModelConfig,
  { queries, keys, values, mask }: AttentionInputs,
  shape: readonly [batch: number, heads: number, time: number],
): tf.Tensor3D {
  const length = keys.shape[1];
  const products = tf.reshape(tf.matMul(queries, keys, false, true), [...shape, length]);
  const scores = softCap(products, config.attention.softCap);
  const weights = tf.softmax(mask === undefined ? scores : tf.add(scores, mask));
  const [count, rows] = queries.shape;
  return tf.matMul(tf.reshape<tf.Rank.R3>(weights, [count, rows, length]), values);
}

interface Heads {
  /** `[B·T,heads·D]` */
  readonly queries: tf.Tensor2D;
  /** `[B·T,K·D]` */
  readonly keys: tf.Tensor2D;
  /** `[B·T,K·D]` */
  readonly values: tf.Tensor2D;
}

function projectHeads(config: ModelConfig, layer: ParameterTree, x: tf.Tensor2D): Heads {
  const { attention, numAttentionHeads, numKeyValueHeads, headDim, storesInputFirst } = config;
  const { projections, headNorms } = attention;
  const through = (name: string): tf.Tensor2D => project(layer, { name, storesInputFirst }, x);
  const normal = (states: tf.Tensor2D, name: string | undefined): tf.Tensor2D => {
    if (name === undefined) return states;
    const rows = tf.reshape<tf.Rank.R2>(states, [-1, headDim]);
    return tf.reshape(normalize(config.norm, { parameters: layer, name }, rows), states.shape);
  };
  const { queries, keys, values } =
    'joined' in projections
      ? split(through(projections.joined), [numAttentionHeads * headDim, numKeyValueHeads * headDim])
      : {
          queries: through(projections.query),
          keys: through(projections.key),
          values: through(projections.value),
        };
  return { queries: normal(queries, headNorms?.query), keys: normal(keys, headNorms?.key), values };
}

function split(joined: tf.Tensor2D, [ofQueries, ofKeys]: [number, number]): Heads {
  const [queries, keys, values] = tf.split(joined, [ofQueries, ofKeys, ofKeys], 1) as [
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
  ];
  return { queries, keys, values };
}

function positioned(queries: tf.Tensor2D, context: AttentionContext, config: ModelConfig): tf.Tensor {
  const { queryRotation, pairs } = context;
  return queryRotation === undefined ? tf.mul(queries, config.attention.scale) : rotate(queries, queryRotation, pairs);
}

// [B,X,Y,D] → [B,Y,X,D]; with one token or one head the numbers already lie so.
function swapTimeAndHeads(x: tf.Tensor): tf.Tensor4D {
  const [batch, first, second, width] = x.shape as [number, number, number, number];
  if (first === 1 || second === 1) return tf.reshape(x, [batch, second, first, width]);
  return tf.transpose(x as tf.Tensor4D, [0, 2, 1, 3]);
}
