import { RlloomError } from '@rlloom/spec';
import { type ParameterTree, tensorOf, tf } from '@rlloom/tensor';
import type { ModelConfig } from '../config/model-config.ts';
import { linear } from '../decoder/linear.ts';
import { type ForwardOptions, forwardHidden, type PaddedTokens } from '../forward-hidden.ts';

// B = sequences, T = tokens, L = labels of the head, H = hidden size.

/**
 * What a head says of every token, `hidden · weightᵀ + bias`: `[B,T,L]`, 0 at padding. Differentiable in the parameters;
 * static shapes and no read-back. Dropout before the head, which transformers can train with, is not implemented.
 *
 * @param parameters of a `ScoringModel`, or of any decoder with `score.weight` and perhaps `score.bias` among them
 */
// eslint-disable-next-line @typescript-eslint/max-params -- model (config, parameters), data, options: the order of all functions here
export function tokenScores(
  config: ModelConfig,
  parameters: ParameterTree,
  batch: PaddedTokens,
  options: ForwardOptions = {},
): tf.Tensor3D {
  const [rows, time] = batch.tokens.shape;
  return tf.tidy(() => {
    const hidden = tf.reshape<tf.Rank.R2>(forwardHidden(config, parameters, batch, options), [-1, config.hiddenSize]);
    const scores = tf.reshape<tf.Rank.R3>(applyHead(parameters, hidden), [rows, time, labelsOf(parameters)]);
    const isToken = tf.cast(tf.reshape(batch.attentionMask, [rows, time, 1]), 'bool');
    // Not a product with 0: what stands at padding may be anything.
    return tf.where(isToken, scores, tf.zerosLike(scores));
  });
}

/**
 * The value of every token, by a head with one label: `[B,T]`, 0 at padding. As {@link tokenScores}.
 *
 * @throws RlloomError kind `model` when the head has more labels
 */
// eslint-disable-next-line @typescript-eslint/max-params -- model (config, parameters), data, options: the order of all functions here
export function tokenValues(
  config: ModelConfig,
  parameters: ParameterTree,
  batch: PaddedTokens,
  options: ForwardOptions = {},
): tf.Tensor2D {
  const labels = labelsOf(parameters);
  if (labels !== 1) {
    throw new RlloomError('model', {
      what: `the head gives ${labels} numbers per token, a value is one`,
      where: 'score.weight',
      fix: 'take tokenScores, or a model with a head of one label',
    });
  }
  return tf.tidy(() => tf.squeeze<tf.Tensor2D>(tokenScores(config, parameters, batch, options), [2]));
}

/**
 * What a head says of every sequence, read at its last token: `[B,L]`; of a reward model with one label the reward.
 * The last token is the last one of the mask, whatever its id: where padding has the id of a token that may end a
 * sequence, transformers reads one token before it. Differentiable as {@link tokenScores}. A row without a token gives
 * numbers without meaning.
 *
 * @throws RlloomError kind `unexpected` for packed rows, whose sequences end in their midst
 */
// eslint-disable-next-line @typescript-eslint/max-params -- model (config, parameters), data, options: the order of all functions here
export function sequenceScores(
  config: ModelConfig,
  parameters: ParameterTree,
  batch: PaddedTokens,
  options: ForwardOptions = {},
): tf.Tensor2D {
  if (batch.packing !== undefined) {
    throw new RlloomError('unexpected', {
      what: 'packed rows have no last token to read a reward at',
      fix: 'give one sequence per row, or take tokenScores and read them where sequences end',
    });
  }
  const [rows, time] = batch.tokens.shape;
  return tf.tidy(() => {
    const hidden = tf.reshape<tf.Rank.R2>(forwardHidden(config, parameters, batch, options), [-1, config.hiddenSize]);
    const isToken = tf.cast(tf.cast(batch.attentionMask, 'bool'), 'float32');
    const last = tf.max(tf.mul(isToken, tf.range(0, time)), 1);
    const places = tf.add(last, tf.range(0, rows * time, time));
    return applyHead(parameters, tf.gather(hidden, tf.cast(places, 'int32')));
  });
}

function applyHead(parameters: ParameterTree, hidden: tf.Tensor2D): tf.Tensor2D {
  return linear(hidden, tensorOf(parameters, 'score.weight'), parameters['score.bias']);
}

function labelsOf(parameters: ParameterTree): number {
  const [labels = 0] = tensorOf(parameters, 'score.weight').shape;
  return labels;
}
