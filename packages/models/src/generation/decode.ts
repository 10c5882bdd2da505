import { type ParameterTree, tf } from '@rlloom/tensor';
import type { ModelConfig } from '../config/model-config.ts';
import { causalMask, paddingMask, tokenPositions } from '../decoder/attention-mask.ts';
import { runDecoder } from '../decoder/decoder.ts';
import { logits } from '../forward-hidden.ts';
import type { KeyValueCache } from './key-value-cache.ts';

// B = sequences, T = tokens of the longest prompt, H = hidden size, V = vocabulary.

/** Logits of the next token `[B,V]`, and the cache of all tokens so far. The caller owns both. */
export type DecodeOutput = {
  readonly logits: tf.Tensor2D;
  readonly cache: KeyValueCache;
};

/** Reads whole prompts, padded on the left to the longest. */
export function prefill(
  config: ModelConfig,
  parameters: ParameterTree,
  input: { readonly prompts: readonly Int32Array[]; readonly padTokenId: number },
): DecodeOutput {
  const { prompts, padTokenId } = input;
  const rows = prompts.length;
  const time = Math.max(...prompts.map((prompt) => prompt.length));
  const ids = new Int32Array(rows * time).fill(padTokenId);
  const isToken = new Int32Array(rows * time);
  prompts.forEach((prompt, row) => {
    ids.set(prompt, (row + 1) * time - prompt.length);
    isToken.fill(1, (row + 1) * time - prompt.length, (row + 1) * time);
  });
  return tf.tidy(() => {
    const attentionMask = tf.tensor2d(isToken, [rows, time], 'int32');
    const { hidden, present } = runDecoder(config, parameters, {
      tokens: tf.tensor2d(ids, [rows, time], 'int32'),
      positions: tokenPositions(attentionMask),
      mask: causalMask(attentionMask),
    });
    const last = tf.slice(
      tf.reshape(hidden, [rows, time, config.hiddenSize]),
      [0, time - 1, 0],
      [rows, 1, config.hiddenSize],
    );
    const rowsOnly = tf.reshape<tf.Rank.R2>(last, [rows, config.hiddenSize]);
    return { logits: logits(config, parameters, rowsOnly), cache: present };
  });
}

/** One new token per sequence, and what precedes it. */
export interface DecodeStep {
  readonly tokens: readonly number[];
  /** Position of the new token in its sequence. */
  readonly positions: readonly number[];
  /** Padding at the start of each sequence in the cache. */
  readonly paddings: readonly number[];
  readonly cache: KeyValueCache;
}

/** Reads one token per sequence. The given cache stays. */
export function decodeStep(config: ModelConfig, parameters: ParameterTree, step: DecodeStep): DecodeOutput {
  const length = (step.cache[0]?.keys.shape[1] ?? 0) + 1;
  return tf.tidy(() => {
    const { hidden, present } = runDecoder(config, parameters, {
      tokens: tf.tensor2d(Int32Array.from(step.tokens), [step.tokens.length, 1], 'int32'),
      positions: tf.tensor1d(Float32Array.from(step.positions)),
      mask: paddingMask(step.paddings, length),
      past: step.cache,
    });
    return { logits: logits(config, parameters, hidden), cache: present };
  });
}
