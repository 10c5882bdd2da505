import type { AggregationMode, AggregationOptions } from '@rlloom/core';
import { NotCovered } from '../algorithm-runner.ts';
import type { Values } from '../compare.ts';
import { nameOf } from './case-inputs.ts';

/** verl's parameters of an aggregation; `dp_size` is the number of workers over which gradients are averaged. */
export const verlAggregationParams = [
  'loss_agg_mode',
  'dp_size',
  'batch_num_tokens',
  'global_batch_size',
  'loss_scale_factor',
];

/**
 * Our options for verl's. Its counts are divided by `dp_size` where it multiplies the loss. Its sequence modes let a
 * NaN outside the mask through. Its `seq-mean-token-sum-norm` (at the commit of the fixtures) neither divides by the
 * number of sequences nor multiplies by `dp_size`: a sequence count of 1.
 *
 * @throws NotCovered for an unknown mode
 */
export function verlAggregation(
  params: Readonly<Record<string, Values>>,
  mode = nameOf(params, 'loss_agg_mode'),
): AggregationOptions {
  const workers = Number(params['dp_size'] ?? 1);
  const tokenCount = params['batch_num_tokens'] == null ? undefined : Number(params['batch_num_tokens']) / workers;
  const sequenceCount = params['global_batch_size'] == null ? undefined : Number(params['global_batch_size']) / workers;
  const sequenceMode = (name: AggregationMode): AggregationOptions => ({
    mode: name,
    padding: 'propagated',
    ...(sequenceCount !== undefined && { sequenceCount }),
  });
  switch (mode) {
    case 'token-mean':
      return { mode, ...(tokenCount !== undefined && { tokenCount }) };
    case 'seq-mean-token-sum':
      return sequenceMode('sequence-mean-token-sum');
    case 'seq-mean-token-mean':
      return sequenceMode('sequence-mean-token-mean');
    case 'seq-mean-token-sum-norm': {
      const scaleFactor = params['loss_scale_factor'];
      return {
        ...sequenceMode('sequence-mean-token-sum-norm'),
        sequenceCount: 1,
        ...(scaleFactor != null && { scaleFactor: Number(scaleFactor) }),
      };
    }
    default:
      throw new NotCovered(`not built: loss_agg_mode ${mode}`);
  }
}

/** verl's `global_batch_info` record, or none. */
export function globalBatch(params: Readonly<Record<string, Values>>): Readonly<Record<string, Values>> {
  const info = params['global_batch_info'] ?? {};
  const unknown = Object.keys(info as object).filter((key) => !verlAggregationParams.includes(key));
  if (unknown.length > 0) throw new NotCovered(`not built: global_batch_info ${unknown.join(', ')}`);
  return info as Readonly<Record<string, Values>>;
}
