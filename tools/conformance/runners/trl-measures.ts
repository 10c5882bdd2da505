import type { Aggregated, AggregationOptions, PolicyLossInputs } from '@rlloom/core';
import { tf } from '@rlloom/tensor';
import { type CaseArguments, NotCovered, type Outputs } from '../algorithm-runner.ts';
import { numbersOf } from '../compiled-case.ts';
import { nameOf, numberOf, numbers } from './case-inputs.ts';

/** Sizes that TRL divides by. */
export interface TrlSizes {
  readonly rows: number;
  readonly trained: number;
  readonly completion: number;
}

/** Rows of the batch, its trained tokens, and its completion tokens, those of tools included. */
export function trlSizes({ inputs }: CaseArguments, mask: tf.Tensor2D): TrlSizes {
  const completion = numbers(inputs, 'completion_mask');
  const count = (rows: readonly number[][]) => rows.flat().reduce((sum, value) => sum + value, 0);
  return { rows: completion.length, trained: count(numbersOf(mask) as number[][]), completion: count(completion) };
}

/** TRL divides by the rows of the local batch, empty ones included, and by the accumulation steps. */
export function trlAggregation(params: CaseArguments['params'], sizes: TrlSizes): AggregationOptions {
  const steps = numberOf(params, 'grad_accum', 1);
  const sequenceCount = sizes.rows * steps;
  switch (params['loss_type']) {
    case 'grpo':
    case 'sapo':
      return { mode: 'sequence-mean-token-mean', sequenceCount };
    case 'bnpo':
      return { mode: 'token-mean', tokenCount: Math.max(sizes.trained, 1) * steps };
    case 'cispo':
    case 'dapo':
    case 'vespo':
      // `num_items_in_batch` counts completion tokens, those of tools included.
      return { mode: 'token-mean', tokenCount: Math.max(sizes.completion, 1) * steps };
    case 'dr_grpo':
      // The stub trainer of the fixtures has max_completion_length 10 where a case does not name it.
      return {
        mode: 'sequence-mean-token-sum-norm',
        sequenceCount,
        scaleFactor: numberOf(params, 'max_completion_length', 10),
      };
    case 'luspo':
      return { mode: 'sequence-mean-token-sum', sequenceCount };
    default:
      throw new NotCovered(`not built: loss_type ${nameOf(params, 'loss_type')}`);
  }
}

interface ClipFractions {
  readonly clipFraction: tf.Scalar;
  readonly clipLowFraction: tf.Scalar;
  readonly clipHighFraction: tf.Scalar;
}

/** TRL's clip metrics: shares of tokens (or of sequences, where they share a ratio), and extremes over rows that have tokens. */
export function clipFractions(
  inputs: PolicyLossInputs,
  measure: (inputs: PolicyLossInputs, aggregated: Aggregated) => ClipFractions,
  level = 'token',
): Outputs {
  const local = { aggregation: { mode: 'token-mean' } } as const;
  const lengths = numbersOf(tf.sum(inputs.mask, 1)) as number[];
  if (level === 'token' && lengths.every((length) => length === 0)) return noClips;
  const rows = lengths.flatMap((length, row) =>
    length > 0 || level !== 'token' ? [measure(rowOf(inputs, row), local)] : [],
  );
  const perRow = (pick: (metrics: ClipFractions) => tf.Scalar) => tf.stack(rows.map(pick));
  const low = perRow(({ clipLowFraction }) => clipLowFraction);
  const high = perRow(({ clipHighFraction }) => clipHighFraction);
  const whole = level === 'token' ? measure(inputs, local) : undefined;
  return {
    'clip_ratio/low_mean': whole?.clipLowFraction ?? tf.mean(low),
    'clip_ratio/high_mean': whole?.clipHighFraction ?? tf.mean(high),
    'clip_ratio/region_mean': whole?.clipFraction ?? tf.mean(perRow(({ clipFraction }) => clipFraction)),
    'clip_ratio/low_min': tf.min(low),
    'clip_ratio/high_max': tf.max(high),
  };
}

// Of a batch without tokens: TRL's extremes are over nothing.
const noClips: Outputs = {
  'clip_ratio/low_mean': 0,
  'clip_ratio/high_mean': 0,
  'clip_ratio/region_mean': 0,
  'clip_ratio/low_min': Number.NaN,
  'clip_ratio/high_max': Number.NaN,
};

/** What TRL's metrics count: a batch one token wide looks to it like values per sequence, so it counts masked rows too. */
export function measured<Given extends PolicyLossInputs>(inputs: Given): Given {
  return inputs.mask.shape[1] === 1 ? { ...inputs, mask: tf.onesLike(inputs.mask) } : inputs;
}

function rowOf(inputs: PolicyLossInputs, row: number): PolicyLossInputs {
  const cut = <Kind extends tf.Tensor>(tensor: Kind): Kind => tf.slice(tensor, row, 1);
  return {
    logProbs: cut(inputs.logProbs),
    mask: cut(inputs.mask),
    advantages: cut(inputs.advantages),
    ...(inputs.oldLogProbs && { oldLogProbs: cut(inputs.oldLogProbs) }),
    ...(inputs.importanceWeights && { importanceWeights: cut(inputs.importanceWeights) }),
  };
}
