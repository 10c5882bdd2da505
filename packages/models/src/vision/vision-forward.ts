import { type ParameterTree, tensorOf, tf } from '@rlloom/tensor';
import { causalMask } from '../decoder/attention-mask.ts';
import { type DecoderOutput, runDecoder } from '../decoder/decoder.ts';
import { logits } from '../forward-hidden.ts';
import { multimodalRotation } from './multimodal-rotation.ts';
import type { VisionBatch } from './vision-batch.ts';
import type { VisionLanguageConfig } from './vision-config.ts';
import { imageEmbeddings } from './vision-tower.ts';

// B = sequences, T = tokens, H = hidden size, V = vocabulary.

/**
 * Hidden states after the final norm, `[B,T,H]`, of texts with images; what stands at padding has no meaning.
 * Differentiable in all parameters, the vision tower's included.
 */
export function visionHidden(config: VisionLanguageConfig, parameters: ParameterTree, batch: VisionBatch): tf.Tensor3D {
  return tf.tidy(() => {
    const { hidden } = readVisionBatch(config, parameters, batch);
    return tf.reshape(hidden, [batch.rows, batch.time, config.text.hiddenSize]);
  });
}

/** Logits after every token, `[B,T,V]`; see {@link visionHidden}. */
export function visionLogits(config: VisionLanguageConfig, parameters: ParameterTree, batch: VisionBatch): tf.Tensor3D {
  return tf.tidy(() => logits(config.text, parameters, visionHidden(config, parameters, batch)));
}

/** The pass through tower and decoder. Call it inside `tf.tidy`. */
export function readVisionBatch(
  config: VisionLanguageConfig,
  parameters: ParameterTree,
  batch: VisionBatch,
): DecoderOutput {
  const { rows, time } = batch;
  return runDecoder(config.text, parameters, {
    tokens: tf.tensor2d(batch.tokens, [rows, time], 'int32'),
    embeddings: mixedEmbeddings(config, parameters, batch),
    rotation: multimodalRotation(config, tf.tensor2d(batch.positions, [rows * time, 3])),
    mask: causalMask(tf.tensor2d(batch.attentionMask, [rows, time], 'int32')),
  });
}

// Embeddings of the tokens, with those of the images in the place of image tokens. [B·T,H]
function mixedEmbeddings(config: VisionLanguageConfig, parameters: ParameterTree, batch: VisionBatch): tf.Tensor2D {
  const table = tensorOf(parameters, `${config.text.names.embedding}.weight`) as tf.Tensor2D;
  const ofTokens = tf.gather(table, tf.tensor1d(batch.tokens, 'int32'));
  if (batch.images.grids.length === 0) return ofTokens;
  const ofImages = imageEmbeddings(config.vision, parameters, batch.images);
  const sources = batch.embeddingOfToken.map((image, token) => (image < 0 ? token : batch.tokens.length + image));
  return tf.gather(tf.concat([ofTokens, ofImages], 0), tf.tensor1d(sources, 'int32'));
}
