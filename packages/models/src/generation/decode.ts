import { type ParameterTree, tf } from '@rlloom/tensor';
import type { ModelConfig } from '../config/model-config.ts';
import type { KeysAndValues } from '../decoder/attention.ts';
import { causalMask } from '../decoder/attention-mask.ts';
import { runDecoder } from '../decoder/decoder.ts';
import type { DecoderCache } from '../decoder/decoder-cache.ts';
import { logits } from '../forward-hidden.ts';

// B = sequences, T = tokens of the longest prompt, H = hidden size, V = vocabulary, K = key-value heads, D = width of a
// head.

/** What reading prompts gives. The caller owns it. */
export type PrefillOutput = {
  /** Logits of the token after each prompt. `[B,V]` */
  readonly logits: tf.Tensor2D;
  /** Keys and values of every layer, `[B·K,T,D]` each; what stands after a prompt's end has no meaning. */
  readonly present: KeysAndValues[];
};

/**
 * Reads whole prompts, filled up behind to the longest: no token sees what comes after it, so that needs no mask, and a
 * token's place in the cache is its position.
 */
export function prefill(
  config: ModelConfig,
  parameters: ParameterTree,
  input: { readonly prompts: readonly Int32Array[]; readonly padTokenId: number },
): PrefillOutput {
  const { prompts, padTokenId } = input;
  const rows = prompts.length;
  const time = Math.max(...prompts.map((prompt) => prompt.length));
  const ids = new Int32Array(rows * time).fill(padTokenId);
  prompts.forEach((prompt, row) => ids.set(prompt, row * time));
  return tf.tidy(() => {
    const { hidden, present } = runDecoder(config, parameters, {
      tokens: tf.tensor2d(ids, [rows, time], 'int32'),
      // What fills up stands at the last position of its prompt: how long a sequence is may choose its frequencies.
      positions: tf.tensor1d(
        Float32Array.from(ids, (_, place) =>
          Math.min(place % time, (prompts[Math.floor(place / time)]?.length ?? 0) - 1),
        ),
      ),
      mask: causalMask(tf.ones([1, time], 'int32')),
    });
    const lastPlaces = prompts.map((prompt, row) => row * time + prompt.length - 1);
    const last: tf.Tensor2D = tf.gather(hidden, tf.tensor1d(lastPlaces, 'int32'));
    return { logits: logits(config, parameters, last), present };
  });
}

/** One new token per sequence. */
export interface DecodeStep {
  readonly tokens: readonly number[];
  /** Position of the new token in its sequence. */
  readonly positions: readonly number[];
  /** Is extended by the new tokens. */
  readonly cache: DecoderCache;
}

/** Reads one token per sequence; logits of the tokens after them, `[B,V]`. The caller owns them. */
export function decodeStep(config: ModelConfig, parameters: ParameterTree, step: DecodeStep): tf.Tensor2D {
  return tf.tidy(() => {
    const { hidden } = runDecoder(config, parameters, {
      tokens: tf.tensor2d(Int32Array.from(step.tokens), [step.tokens.length, 1], 'int32'),
      positions: tf.tensor1d(Float32Array.from(step.positions)),
      past: step.cache,
    });
    return logits(config, parameters, hidden);
  });
}
