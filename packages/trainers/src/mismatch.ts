import type { Metrics, TrainingBatch } from '@rlloom/spec';
import { trainedPositions } from './policy/batch-tensors.ts';

/**
 * How far the trainer's log-probs of the sampled tokens are from the rollout engine's, over all trained tokens:
 * mean and largest |difference|, the k1 and k3 estimates of KL(rollout ‖ trainer), and the effective sample size
 * (0..1) of the per-token importance weights. All near 0 (and 1) when both sides compute alike.
 *
 * @param batch sequences with `rolloutLogProbs`
 * @param logProbs the trainer's, one `[T]` per sequence
 */
export function mismatchMetrics(batch: TrainingBatch, logProbs: readonly Float32Array[]): Metrics {
  let count = 0;
  let absolute = 0;
  let largest = 0;
  let k1 = 0;
  let k3 = 0;
  let weights = 0;
  let squaredWeights = 0;
  batch.sequences.forEach((sequence, index) => {
    if (sequence.rolloutLogProbs === undefined) return;
    for (const t of trainedPositions(sequence)) {
      const difference = (logProbs[index]?.[t] ?? Number.NaN) - (sequence.rolloutLogProbs[t] ?? Number.NaN);
      const ratio = Math.exp(difference);
      count += 1;
      absolute += Math.abs(difference);
      largest = Math.max(largest, Math.abs(difference));
      k1 -= difference;
      k3 += ratio - difference - 1;
      weights += ratio;
      squaredWeights += ratio * ratio;
    }
  });
  if (count === 0) return {};
  return {
    'mismatch/abs_mean': absolute / count,
    'mismatch/abs_max': largest,
    'mismatch/k1': k1 / count,
    'mismatch/k3': k3 / count,
    'mismatch/effective_sample_size': (weights * weights) / (count * squaredWeights),
  };
}
