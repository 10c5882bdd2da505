import type { AggregationMode, AggregationOptions } from '@rlloom/core';
import { type CaseArguments, NotCovered } from '../algorithm-runner.ts';
import type { Values } from '../compare.ts';
import { nameOf } from './case-inputs.ts';

/** The mask of a case. */
type MaskRows = readonly (readonly number[])[];

/** verl's parameters of an aggregation; `dp_size` is the number of workers over which gradients are averaged. */
export const verlAggregationParams = [
  'loss_agg_mode',
  'dp_size',
  'batch_num_tokens',
  'global_batch_size',
  'loss_scale_factor',
];

/**
 * Our options for verl's. Its counts, given or of the mask, are divided by `dp_size` where it multiplies the loss. Its
 * sequence modes let a NaN outside the mask through. Its `seq-mean-token-sum-norm` (at the commit of the fixtures)
 * neither divides by the number of sequences nor multiplies by `dp_size`: a sequence count of 1. A mode that
 * the peer rejects is left for our function to reject.
 *
 * @throws NotCovered for another unknown mode
 */
export function verlAggregation(
  { params, expectsError }: Pick<CaseArguments, 'params' | 'expectsError'>,
  mask: MaskRows,
  mode = nameOf(params, 'loss_agg_mode'),
): AggregationOptions {
  const lengths = mask.map((row) => row.reduce((sum, weight) => sum + weight, 0));
  const tokenCount = countOf(
    params,
    'batch_num_tokens',
    lengths.reduce((sum, length) => sum + length, 0),
  );
  const sequenceCount = countOf(params, 'global_batch_size', lengths.filter((length) => length > 0).length);
  const sequenceMode = (name: AggregationMode): AggregationOptions => ({
    mode: name,
    padding: 'propagated',
    ...sequenceCount('sequenceCount'),
  });
  switch (mode) {
    case 'token-mean':
      return { mode, ...tokenCount('tokenCount') };
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
      if (!expectsError) throw new NotCovered(`not built: loss_agg_mode ${mode}`);
      return { mode: mode as AggregationMode };
  }
}

// A count of the mask stays the function's own where it needs no division: that of an empty mask makes NaN.
function countOf(params: Readonly<Record<string, Values>>, name: string, ofMask: number) {
  const workers = Number(params['dp_size'] ?? 1);
  const given = params[name] == null ? (workers === 1 || ofMask === 0 ? undefined : ofMask) : Number(params[name]);
  return <Key extends string>(key: Key): { readonly [name in Key]?: number } =>
    (given === undefined ? {} : { [key]: given / workers }) as { readonly [name in Key]?: number };
}

/** verl's `global_batch_info` record, or none. */
export function globalBatch(params: Readonly<Record<string, Values>>): Readonly<Record<string, Values>> {
  const info = params['global_batch_info'] ?? {};
  const unknown = Object.keys(info as object).filter((key) => !verlAggregationParams.includes(key));
  if (unknown.length > 0) throw new NotCovered(`not built: global_batch_info ${unknown.join(', ')}`);
  return info as Readonly<Record<string, Values>>;
}
