import { tf } from '@rlloom/tensor';
import type { KeysAndValues } from '../decoder/attention.ts';

// B = sequences, K = key-value heads, S = tokens, D = width of a head.

/** Keys and values of every layer, `[B·K,S,D]` each. */
export type KeyValueCache = KeysAndValues[];

/**
 * A new cache with the given sequences, each as often as it is named, without the first `trim` tokens. Frees `cache`.
 */
export function selectSequences(
  cache: KeyValueCache,
  options: { readonly sequences: readonly number[]; readonly keyValueHeads: number; readonly trim: number },
): KeyValueCache {
  const { sequences, keyValueHeads, trim } = options;
  const selected = tf.tidy(() => {
    const rows = sequences.flatMap((row) =>
      Array.from({ length: keyValueHeads }, (_, head) => row * keyValueHeads + head),
    );
    const indices = tf.tensor1d(rows, 'int32');
    const select = (tensor: tf.Tensor3D): tf.Tensor3D =>
      tf.gather(trim === 0 ? tensor : tf.slice(tensor, [0, trim, 0], [-1, -1, -1]), indices);
    return cache.map(({ keys, values }) => ({ keys: select(keys), values: select(values) }));
  });
  disposeCache(cache);
  return selected;
}

/** Frees the tensors of a cache. */
export function disposeCache(cache: KeyValueCache): void {
  for (const { keys, values } of cache) tf.dispose([keys, values]);
}
