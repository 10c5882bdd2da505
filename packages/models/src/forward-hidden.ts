import { type ParameterTree, tensorOf, tf } from '@rlloom/tensor';
import type { ModelConfig } from './config/model-config.ts';
import { causalMask, tokenPositions } from './decoder/attention-mask.ts';
import { runDecoder } from './decoder/decoder.ts';
import { linear } from './decoder/linear.ts';
import { softCap } from './decoder/soft-cap.ts';

// B = sequences, T = tokens, H = hidden size, V = vocabulary.

/** Padded sequences. Padding may stand on either side. */
export interface PaddedTokens {
  /** `[B,T]` int32 */
  readonly tokens: tf.Tensor2D;
  /** 1 where there is a token, 0 at padding. `[B,T]` */
  readonly attentionMask: tf.Tensor2D;
}

/**
 * Hidden states after the final norm, `[B,T,H]`; what stands at padding has no meaning. Positions count the tokens
 * of the mask. Differentiable in the parameters; static shapes and no read-back, so it can be traced.
 */
export function forwardHidden(config: ModelConfig, parameters: ParameterTree, batch: PaddedTokens): tf.Tensor3D {
  const [rows, time] = batch.tokens.shape;
  return tf.tidy(() => {
    const positions = tokenPositions(batch.attentionMask);
    const mask = causalMask(batch.attentionMask);
    const { hidden } = runDecoder(config, parameters, { tokens: batch.tokens, positions, mask });
    return tf.reshape(hidden, [rows, time, config.hiddenSize]);
  });
}

/**
 * Logits of hidden states, `[..., H] → [..., V]`: `hidden · weightᵀ`, where the weight is the embedding matrix if the
 * two are tied, within the model's soft cap if it has one. For the log-probs of known tokens take `tokenLogProbs`, which never holds all logits.
 */
export function logits<Shape extends tf.Tensor>(config: ModelConfig, parameters: ParameterTree, hidden: Shape): Shape {
  return tf.tidy(() => {
    const rows = tf.reshape<tf.Rank.R2>(hidden, [-1, config.hiddenSize]);
    const shape = [...hidden.shape.slice(0, -1), config.vocabularySize];
    return tf.reshape(softCap(linear(rows, outputWeight(config, parameters)), config.logitSoftCap), shape) as Shape;
  });
}

/** The matrix of the output layer, `[V,H]`. */
export function outputWeight(config: ModelConfig, parameters: ParameterTree): tf.Tensor2D {
  const { embedding, output } = config.names;
  return tensorOf(parameters, `${config.tieWordEmbeddings ? embedding : output}.weight`) as tf.Tensor2D;
}
