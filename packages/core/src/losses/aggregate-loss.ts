import { tf } from '@rlloom/tensor';
import { checkTokenTensors } from '../tensors/check-shape.ts';
import { selectUnmasked } from '../tensors/select-unmasked.ts';

// B = sequences, T = tokens of the widest, n_i = unmasked tokens of sequence i.

/** How per-token losses become one number; see `aggregateLoss`. */
export type AggregationMode =
  | 'token-mean'
  | 'token-sum'
  | 'sequence-mean-token-sum'
  | 'sequence-mean-token-sum-norm'
  | 'sequence-mean-token-mean';

/**
 * A number that a loss divides by, or another that changes from batch to batch: a number, or a scalar tensor where the
 * computation is recorded once and run often. Of a tensor no value is read, so none is checked.
 */
export type Count = number | tf.Scalar;

/** Options of `aggregateLoss`. Counts a mode does not divide by are ignored. */
export interface AggregationOptions {
  readonly mode: AggregationMode;
  /** Unmasked tokens of the whole batch. Default: those of this mask. */
  readonly tokenCount?: Count;
  /** Sequences of the whole batch with an unmasked token. Default: those of this mask. */
  readonly sequenceCount?: Count;
  /** The constant of `sequence-mean-token-sum-norm`, e.g. the longest allowed response. Default T. */
  readonly scaleFactor?: Count;
  /**
   * What a NaN or infinity at a masked place does: `ignored`, or `propagated` into the loss, to find where it comes
   * from (verl's sequence modes behave so). That of a sequence without unmasked tokens reaches the loss in
   * `sequence-mean-token-sum-norm` only. Default `ignored`.
   */
  readonly padding?: 'ignored' | 'propagated';
}

/**
 * One number from per-token losses:
 *
 * | mode | value |
 * | --- | --- |
 * | `token-mean` | `Σ L·m / tokenCount` |
 * | `token-sum` | `Σ L·m` |
 * | `sequence-mean-token-sum` | `Σ_i (Σ_t L·m) / sequenceCount` |
 * | `sequence-mean-token-sum-norm` | `Σ_i (Σ_t L·m) / (sequenceCount · scaleFactor)` |
 * | `sequence-mean-token-mean` | `Σ_i (Σ_t L·m / n_i) / sequenceCount` |
 *
 * Given the counts of the whole batch (and `scaleFactor`), the values and gradients of its micro-batches add up to
 * those of the whole batch, however it is split by rows. Where gradients are averaged over D workers instead of
 * added, give each the counts divided by D.
 *
 * With everything masked the loss is 0 when its count is given (also as 0), NaN (0/0) when the count comes from the
 * mask, as in verl; `sequence-mean-token-sum-norm` needs the sequence count like the other sequence modes.
 *
 * Token mean: DAPO, arXiv:2503.14476; constant norm: Dr.GRPO, arXiv:2503.20783.
 *
 * @param loss `[B,T]`
 * @param mask `[B,T]`, 0 or 1
 * @throws ShapeError when shapes differ
 * @throws RangeError for an unknown mode, a negative count, or a scale factor that is not positive
 */
export function aggregateLoss(loss: tf.Tensor2D, mask: tf.Tensor2D, options: AggregationOptions): tf.Scalar {
  checkTokenTensors('aggregateLoss', { loss, mask });
  const { mode, tokenCount, sequenceCount, scaleFactor = loss.shape[1] } = options;
  checkCount('tokenCount', tokenCount);
  checkCount('sequenceCount', sequenceCount);
  if (typeof scaleFactor === 'number' && !(scaleFactor > 0)) {
    throw new RangeError(`aggregateLoss: scaleFactor must be above 0, given ${scaleFactor}`);
  }
  return tf.tidy(() => {
    const kept: tf.Tensor = options.padding === 'propagated' ? tf.mul(loss, mask) : selectUnmasked(loss, mask);
    switch (mode) {
      case 'token-mean':
        return tf.div(tf.sum(kept), given(tokenCount) ?? tf.sum(mask));
      case 'token-sum':
        return tf.sum(kept);
      case 'sequence-mean-token-sum':
        return overSequences(tf.sum(kept, 1));
      case 'sequence-mean-token-sum-norm':
        return tf.div(overSequences(tf.sum(kept, 1), options.padding === 'propagated'), scaleFactor);
      case 'sequence-mean-token-mean':
        return overSequences(tf.div(tf.sum(kept, 1), tf.maximum(tf.sum(mask, 1), 1)));
      default:
        throw new RangeError(`aggregateLoss: unknown mode ${String(mode)}`);
    }
  });

  function overSequences(perSequence: tf.Tensor, all = false): tf.Scalar {
    const used = tf.cast(tf.greater(tf.sum(mask, 1), 0), 'float32');
    // The sum of a sequence without unmasked tokens is 0 where nothing stands in the way.
    const counted = all ? tf.logicalOr(tf.notEqual(perSequence, 0), tf.cast(used, 'bool')) : used;
    const total = tf.sum(selectUnmasked(perSequence, tf.cast(counted, 'float32')));
    return tf.div(total, given(sequenceCount) ?? tf.sum(used));
  }
}

// An empty batch has count 0 and sum 0: any positive divisor gives its loss of 0.
function given(count: Count | undefined): Count | undefined {
  if (count === undefined) return undefined;
  return typeof count === 'number' ? Math.max(count, 1e-8) : tf.maximum(count, 1e-8);
}

function checkCount(name: string, count: Count | undefined): void {
  if (typeof count === 'number' && !(count >= 0)) {
    throw new RangeError(`aggregateLoss: ${name} must not be negative, given ${count}`);
  }
}
