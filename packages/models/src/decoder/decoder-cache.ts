import type { tf } from '@rlloom/tensor';
import type { KeysAndValues } from './attention.ts';

// B = sequences, S = all tokens so far.

/** Keys and values of the tokens that were read before, for a pass over the next ones. */
export interface DecoderCache {
  /** Takes up those of the new tokens of a layer. What the layer then attends to belongs to the cache. */
  extend(layer: number, next: KeysAndValues): KeysAndValues;
  /** What the scores add in layers whose tokens see `window` tokens (`null`: all). `[B,1,1,S]`, or nothing. */
  mask(window: number | null): tf.Tensor4D | undefined;
}
