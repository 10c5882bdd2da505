import { tf } from '@rlloom/tensor';
import type { PackedRows, UnpackOptions } from './packed-rows.ts';

// N = sequences, L = longest sequence, B = rows, T = tokens of a row.

/** Where the sequences of packed rows are, as tensors. */
export type TokenPacking = {
  /** Which sequence of its row a token belongs to; tokens of different numbers do not see each other. `[B,T]` int32 */
  readonly segments: tf.Tensor2D;
  /** Position of each token in its own sequence. `[B,T]` int32 */
  readonly positions: tf.Tensor2D;
};

/** Packed rows as the model takes them. */
export type PackedTokens = {
  /** `[B,T]` int32 */
  readonly tokens: tf.Tensor2D;
  /** 1 where there is a token. `[B,T]` int32 */
  readonly attentionMask: tf.Tensor2D;
  readonly packing: TokenPacking;
};

/** Packed rows as `forwardHidden`, `tokenLogProbs` and `tokenScores` take them. The caller owns the tensors. */
export function packedTokens({ shape, tokens, segments, positions }: PackedRows): PackedTokens {
  const [rows, width] = shape;
  const tensor = (values: Int32Array): tf.Tensor2D => tf.tensor2d(values, [rows, width], 'int32');
  return {
    tokens: tensor(tokens),
    attentionMask: tensor(segments.map((segment) => (segment > 0 ? 1 : 0))),
    packing: { segments: tensor(segments), positions: tensor(positions) },
  };
}

/**
 * One row per sequence of per-token results of packed rows, as losses over sequences take them. Differentiable.
 *
 * @param values `[B,T]`, or with `firstToken` 1 `[B,T−1]`, as `tokenLogProbs` gives them
 * @returns `[N,L]` in the order of the sequences; 0 beyond their ends, and for tokens before `firstToken`
 */
export function unpackTensor(
  { shape, places }: PackedRows,
  values: tf.Tensor2D,
  { firstToken = 0 }: UnpackOptions = {},
): tf.Tensor2D {
  const width = shape[1] - firstToken;
  const longest = Math.max(1, ...places.map(({ length }) => length));
  const sources = new Int32Array(places.length * longest);
  const isUsed = new Uint8Array(sources.length);
  places.forEach(({ row, start, length }, index) => {
    for (let t = firstToken; t < length; t++) {
      sources[index * longest + t] = row * width + start + t - firstToken;
      isUsed[index * longest + t] = 1;
    }
  });
  return tf.tidy(() => {
    const gathered = tf.gather(tf.reshape(values, [shape[0] * width]), tf.tensor1d(sources, 'int32'));
    const used = tf.where(tf.tensor1d(isUsed, 'bool'), gathered, tf.zerosLike(gathered));
    return tf.reshape(used, [places.length, longest]);
  });
}
