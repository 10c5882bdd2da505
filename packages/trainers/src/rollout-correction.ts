import { type ImportanceWeightOptions, importanceWeightMetrics, importanceWeights } from '@rlloom/core';
import type { Metrics, TrainingBatch } from '@rlloom/spec';
import { withLogProbs } from './experience.ts';

/** The batch with the log-probs of the policy that sampled as the old ones: the clip is around it (bypass mode). */
export function againstRollout(batch: TrainingBatch): TrainingBatch {
  return withLogProbs(
    batch,
    'oldLogProbs',
    batch.sequences.map((sequence) => sequence.rolloutLogProbs ?? new Float32Array(sequence.tokens.length)),
  );
}

/**
 * The batch with a weight for each token, `π_now / π_rollout` within bounds (`importanceWeights` of core): what decoupled
 * PPO (arXiv:2505.24298) and truncated importance sampling multiply the loss by. Each token is held against the policy
 * that drew it, also where the weights changed within a sequence.
 *
 * @param logProbs of the policy before the update, one `[T]` per sequence
 */
export function weighAgainstRollout(
  batch: TrainingBatch,
  logProbs: readonly Float32Array[],
  options: ImportanceWeightOptions,
): { readonly batch: TrainingBatch; readonly metrics: Metrics } {
  const inputs = {
    trainerLogProbs: logProbs,
    rolloutLogProbs: batch.sequences.map((sequence, index) => sequence.rolloutLogProbs ?? logProbs[index] ?? []),
    // Nothing comes before the first token: it never trains.
    mask: batch.sequences.map(({ lossMask }) => lossMask.map((trains, t) => (t === 0 ? 0 : trains))),
  };
  const weights = importanceWeights(inputs, options);
  const measured = importanceWeightMetrics(inputs, options);
  return {
    batch: {
      ...batch,
      sequences: batch.sequences.map((sequence, index) => ({
        ...sequence,
        importanceWeights: Float32Array.from(weights[index] ?? []),
      })),
    },
    metrics: {
      'correction/ratio_mean': measured.mean,
      'correction/ratio_max': measured.max,
      'correction/above': measured.fractionAbove,
      'correction/below': measured.fractionBelow,
      'correction/effective_sample_size': measured.effectiveSampleSize,
    },
  };
}
