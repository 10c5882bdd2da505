import { type ModelWeights, tokenLogProbs } from '@rlloom/models';
import { tf } from '@rlloom/tensor';
import type { BatchTensors } from './batch-tensors.ts';
import type { TrainedOutput } from './train-step.ts';

/** The differentiable forward pass over the trained tokens of one micro-batch. `[B,R]` each, 0 where unused. */
export function forwardTrained(
  model: ModelWeights,
  batch: BatchTensors,
  options: {
    readonly temperature: number;
    readonly trainsOutput?: boolean;
    readonly trainsEntropy?: boolean;
    readonly gradientCheckpointing?: boolean;
  },
): TrainedOutput {
  return tf.tidy(() => {
    const { logProbs, entropies } = tokenLogProbs(model.config, model.parameters, batch, {
      temperature: options.temperature,
      trainsOutput: options.trainsOutput ?? true,
      trainsEntropy: options.trainsEntropy ?? true,
      gradientCheckpointing: options.gradientCheckpointing ?? false,
      entropy: true,
    });
    const sources = tf.reshape<tf.Rank.R1>(batch.sources, [batch.sources.size]);
    const perSequence = (values: tf.Tensor2D): tf.Tensor2D => {
      const gathered = tf.reshape<tf.Rank.R2>(tf.gather(tf.reshape(values, [values.size]), sources), batch.mask.shape);
      return tf.where(tf.cast(batch.mask, 'bool'), gathered, tf.zerosLike(gathered));
    };
    return { logProbs: perSequence(logProbs), entropies: perSequence(entropies as tf.Tensor2D) };
  });
}
