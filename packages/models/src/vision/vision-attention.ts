import { type ParameterTree, tf } from '@rlloom/tensor';
import { project } from '../decoder/project.ts';
import { type Rotation, rotate } from '../decoder/rotary.ts';
import type { VisionTowerConfig } from './vision-config.ts';
import type { SegmentGroup } from './vision-layout.ts';

// N = patches, W = hidden size, A = heads, D = width of a head.

/** Segments as {@link visionAttention} needs them: the rows as tensors, made once per pass. */
export interface AttentionSegments {
  readonly groups: readonly SegmentGroup[];
  /** `[N]` int32; `undefined` when the rows of a segment stand together. */
  readonly gather: tf.Tensor1D | undefined;
  readonly restore: tf.Tensor1D | undefined;
}

/** What the layers of one kind share. */
export interface VisionAttentionContext {
  readonly rotation: Rotation;
  /** The rotation with the factor `1/√D` of the scores in it. */
  readonly queryRotation: Rotation;
  readonly segments: AttentionSegments;
}

/**
 * Self-attention in which every patch sees the patches of its segment.
 *
 * @param layer the layer's parameters: `attn.qkv.weight` and so on
 * @param x `[N,W]`
 * @returns `[N,W]`
 */
export function visionAttention(
  config: VisionTowerConfig,
  layer: ParameterTree,
  { x, context }: { readonly x: tf.Tensor2D; readonly context: VisionAttentionContext },
): tf.Tensor2D {
  const { numAttentionHeads: heads, hiddenSize: width } = config;
  const { segments } = context;
  const [queries, keys, values] = tf.split(project(layer, { name: 'attn.qkv' }, x), 3, 1) as [
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
  ];
  const together = (states: tf.Tensor): tf.Tensor2D => {
    const flat = tf.reshape<tf.Rank.R2>(states, [x.shape[0], width]);
    return segments.gather === undefined ? flat : tf.gather(flat, segments.gather);
  };
  const all = {
    queries: together(rotate(queries, context.queryRotation)),
    keys: together(rotate(keys, context.rotation)),
    values: together(values),
  };
  let row = 0;
  const mixed = segments.groups.map(({ segments: count, length }) => {
    const rows = count * length;
    const part = (states: tf.Tensor2D): tf.Tensor3D => {
      const own = rows === x.shape[0] ? states : tf.slice(states, [row, 0], [rows, width]);
      const headsFirst = tf.transpose(tf.reshape(own, [count, length, heads, width / heads]), [0, 2, 1, 3]);
      return tf.reshape(headsFirst, [count * heads, length, width / heads]);
    };
    const weights = tf.softmax(tf.matMul(part(all.queries), part(all.keys), false, true));
    const attended = tf.reshape(tf.matMul(weights, part(all.values)), [count, heads, length, width / heads]);
    row += rows;
    return tf.reshape<tf.Rank.R2>(tf.transpose(attended, [0, 2, 1, 3]), [rows, width]);
  });
  const joined = mixed.length === 1 ? (mixed[0] as tf.Tensor2D) : tf.concat(mixed, 0);
  return project(
    layer,
    { name: 'attn.proj' },
    segments.restore === undefined ? joined : tf.gather(joined, segments.restore),
  );
}
