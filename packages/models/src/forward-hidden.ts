import { RlloomError } from '@rlloom/spec';
import { type ParameterTree, tensorOf, tf } from '@rlloom/tensor';
import type { ModelConfig } from './config/model-config.ts';
import { causalMask, tokenPositions } from './decoder/attention-mask.ts';
import { runDecoder } from './decoder/decoder.ts';
import { linear } from './decoder/linear.ts';
import { softCap } from './decoder/soft-cap.ts';
import type { TokenPacking } from './packing/packed-tensors.ts';
import { segmentMask } from './packing/segment-mask.ts';

// B = sequences, T = tokens, H = hidden size, V = vocabulary.

/** Padded sequences, one per row or several (`packedTokens`). Padding may stand on either side. */
export interface PaddedTokens {
  /** `[B,T]` int32 */
  readonly tokens: tf.Tensor2D;
  /** 1 where there is a token, 0 at padding. `[B,T]` */
  readonly attentionMask: tf.Tensor2D;
  /** Where a row holds several sequences: which token belongs to which, and its position there. */
  readonly packing?: TokenPacking | undefined;
}

/** Options of {@link forwardHidden}. */
export interface ForwardOptions {
  /**
   * Keep only the input of each layer for the gradient, and run the layer again when its gradient is taken
   * (arXiv:1604.06174): less memory for one more forward pass, with the same gradients. Default false.
   */
  readonly gradientCheckpointing?: boolean | undefined;
}

/**
 * Hidden states after the final norm, `[B,T,H]`; what stands at padding has no meaning. Positions count the tokens
 * of the mask, or are those of the packing. Differentiable in the parameters; static shapes and no read-back, so it can
 * be traced.
 *
 * @throws RlloomError kind `model` for rows that the model's positions do not reach
 */
// eslint-disable-next-line @typescript-eslint/max-params -- model (config, parameters), data, options: the order of all functions here
export function forwardHidden(
  config: ModelConfig,
  parameters: ParameterTree,
  batch: PaddedTokens,
  { gradientCheckpointing = false }: ForwardOptions = {},
): tf.Tensor3D {
  const { tokens, attentionMask, packing } = batch;
  const [rows, time] = tokens.shape;
  checkLength(config, { time, isPacked: packing !== undefined });
  return tf.tidy(() => {
    const causal = causalMask(attentionMask);
    const where =
      packing === undefined
        ? { positions: tokenPositions(attentionMask), mask: causal }
        : {
            positions: tf.cast(tf.reshape<tf.Rank.R1>(packing.positions, [tokens.size]), 'float32'),
            mask: tf.add<tf.Tensor4D>(causal, segmentMask(packing.segments)),
          };
    const { hidden } = runDecoder(config, parameters, {
      tokens,
      ...where,
      keepsPresent: false,
      gradientCheckpointing,
    });
    return tf.reshape(hidden, [rows, time, config.hiddenSize]);
  });
}

/**
 * Logits of hidden states, `[..., H] → [..., V]`: `hidden · weightᵀ`, where the weight is the embedding matrix if the
 * two are tied, within the model's soft cap if it has one. For the log-probs of known tokens take `tokenLogProbs`, which
 * never holds all logits.
 */
export function logits<Shape extends tf.Tensor>(config: ModelConfig, parameters: ParameterTree, hidden: Shape): Shape {
  return tf.tidy(() => {
    const rows = tf.reshape<tf.Rank.R2>(hidden, [-1, config.hiddenSize]);
    const shape = [...hidden.shape.slice(0, -1), config.vocabularySize];
    return tf.reshape(softCap(linear(rows, outputWeight(config, parameters)), config.logitSoftCap), shape) as Shape;
  });
}

function checkLength(
  { embedding, rotaries, maxPositionEmbeddings, modelType }: ModelConfig,
  { time, isPacked }: { readonly time: number; readonly isPacked: boolean },
): void {
  if (!isPacked && embedding.positions !== null && time > maxPositionEmbeddings) {
    throw new RlloomError('model', {
      what: `rows of ${time} tokens exceed the ${maxPositionEmbeddings} positions that the ${modelType} model has learned`,
      fix: 'shorten the sequences, padding included',
    });
  }
  const crossed = rotaries.find(({ beyond }) => beyond !== null && time > beyond.length)?.beyond;
  if (!isPacked || crossed == null) return;
  // Frequencies are chosen for a row as a whole; a row of one sequence is that sequence.
  throw new RlloomError('model', {
    what: `packed rows of ${time} tokens may hold sequences on both sides of the ${crossed.length} from which the model's rotary frequencies are others`,
    fix: `pack into rows of at most ${crossed.length} tokens, or do not pack`,
  });
}

/** The matrix of the output layer, `[V,H]`. */
export function outputWeight(config: ModelConfig, parameters: ParameterTree): tf.Tensor2D {
  const { embedding, output } = config.names;
  return tensorOf(parameters, `${config.tieWordEmbeddings ? embedding : output}.weight`) as tf.Tensor2D;
}
