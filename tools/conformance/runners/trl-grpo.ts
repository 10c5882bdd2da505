import {
  type AggregationOptions,
  aggregateLoss,
  clippedPolicyLoss,
  importanceRatio,
  klEstimate,
  maskedMean,
} from '@rlloom/core';
import { tf } from '@rlloom/tensor';
import { type AlgorithmRunner, type CaseArguments, NotCovered, type Outputs } from '../algorithm-runner.ts';
import { nameOf, numberOf, numbers, tensor, valueAndGradient } from './case-inputs.ts';

/** TRL's GRPO loss: its loss types are the clipped policy loss under five aggregations. */
export const trlGrpoLoss: AlgorithmRunner = {
  inputs: [
    'per_token_logps',
    'old_per_token_logps',
    'ref_per_token_logps',
    'entropies',
    'completion_mask',
    'tool_mask',
    'advantages',
    'importance_sampling_ratio',
  ],
  params: [
    'loss_type',
    'importance_sampling_level',
    'epsilon_low',
    'epsilon_high',
    'delta',
    'beta',
    'entropy_coef',
    'use_bias_correction_kl',
    'max_completion_length',
    'grad_accum',
  ],
  run(given) {
    const { inputs, params } = given;
    const completion = tensor(inputs, 'completion_mask');
    const mask =
      inputs['tool_mask'] == null ? completion : tf.mul<tf.Tensor2D>(completion, tensor(inputs, 'tool_mask'));
    const beta = numberOf(params, 'beta', 0);
    const batch = {
      mask,
      advantages: tensor<tf.Tensor1D>(inputs, 'advantages'),
      ...(inputs['old_per_token_logps'] != null && { oldLogProbs: tensor(inputs, 'old_per_token_logps') }),
      ...(inputs['importance_sampling_ratio'] != null && {
        importanceWeights: tensor(inputs, 'importance_sampling_ratio'),
      }),
    };
    const options = policyOptions(given, mask);
    const referenceKl = (logProbs: tf.Tensor2D): tf.Tensor2D => {
      const kl = klEstimate(logProbs, tensor(inputs, 'ref_per_token_logps'), { inputClamp: null, outputClamp: null });
      if (params['use_bias_correction_kl'] !== true) return kl;
      return tf.mul(kl, importanceRatio({ ...batch, logProbs }, options).ratio);
    };
    const total = (logProbs: tf.Tensor2D): tf.Scalar => {
      const { loss } = clippedPolicyLoss({ ...batch, logProbs }, options);
      return beta === 0
        ? loss
        : tf.add(loss, tf.mul(beta, aggregateLoss(referenceKl(logProbs), mask, options.aggregation)));
    };
    const logProbs = tensor(inputs, 'per_token_logps');
    const { value, gradient } = valueAndGradient(total, logProbs);
    const bonus = entropyBonus(given, mask);
    return {
      loss: bonus === undefined ? value : tf.sub(value, bonus.value),
      grad_per_token_logps: gradient,
      ...(bonus && { grad_entropies: tf.neg(bonus.gradient) }),
      metrics: {
        ...(bonus && { policy_loss: value, entropy_coef: numberOf(params, 'entropy_coef', 0) }),
        ...clipMetrics({ ...batch, logProbs }, options),
        ...(beta !== 0 && { kl: maskedMean(referenceKl(logProbs), mask) }),
      },
    };
  },
};

// TRL averages the entropy over trained tokens whatever the loss type is.
function entropyBonus(
  { inputs, params }: CaseArguments,
  mask: tf.Tensor2D,
): ReturnType<typeof valueAndGradient> | undefined {
  const coefficient = numberOf(params, 'entropy_coef', 0);
  if (coefficient === 0) return undefined;
  const bonus = (entropies: tf.Tensor2D): tf.Scalar =>
    tf.mul(coefficient, aggregateLoss(entropies, mask, { mode: 'token-mean' }));
  return valueAndGradient(bonus, tensor(inputs, 'entropies'));
}

type PolicyInputs = Parameters<typeof clippedPolicyLoss>[0];
type PolicyOptions = Parameters<typeof clippedPolicyLoss>[1];

function policyOptions({ params, inputs }: CaseArguments, mask: tf.Tensor2D): PolicyOptions {
  const ratioLevel = nameOf(params, 'importance_sampling_level', 'token');
  if (ratioLevel !== 'token' && ratioLevel !== 'sequence')
    throw new NotCovered(`not built: importance_sampling_level ${ratioLevel}`);
  const completion = numbers(inputs, 'completion_mask');
  const count = (rows: readonly number[][]) => rows.flat().reduce((sum, value) => sum + value, 0);
  const sizes = { rows: completion.length, trained: count(mask.arraySync()), completion: count(completion) };
  return {
    clipRatioLow: numberOf(params, 'epsilon_low', 0.2),
    clipRatioHigh: numberOf(params, 'epsilon_high', 0.2),
    delta: params['delta'] == null ? null : Number(params['delta']),
    ratioLevel,
    logRatioClamp: null,
    aggregation: trlAggregation(params, sizes),
  };
}

/** TRL divides by the rows of the local batch, empty ones included, and by the accumulation steps. */
function trlAggregation(
  params: CaseArguments['params'],
  sizes: { readonly rows: number; readonly trained: number; readonly completion: number },
): AggregationOptions {
  const steps = numberOf(params, 'grad_accum', 1);
  const sequenceCount = sizes.rows * steps;
  switch (params['loss_type']) {
    case 'grpo':
      return { mode: 'sequence-mean-token-mean', sequenceCount };
    case 'bnpo':
      return { mode: 'token-mean', tokenCount: Math.max(sizes.trained, 1) * steps };
    case 'dapo':
      // `num_items_in_batch` counts completion tokens, those of tools included.
      return { mode: 'token-mean', tokenCount: sizes.completion * steps };
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

// TRL reports extremes over sequences too: the shares of each row, by running each row alone.
function clipMetrics(inputs: PolicyInputs, options: PolicyOptions): Outputs {
  const local = { ...options, aggregation: { mode: 'token-mean' } as const };
  const rows = Array.from(
    { length: inputs.mask.shape[0] },
    (_, row) => clippedPolicyLoss(rowOf(inputs, row), local).metrics,
  );
  const perRow = (pick: (metrics: (typeof rows)[number]) => tf.Scalar) => tf.stack(rows.map(pick));
  const whole = options.ratioLevel === 'sequence' ? undefined : clippedPolicyLoss(inputs, local).metrics;
  const low = perRow((metrics) => metrics.clipLowFraction);
  const high = perRow((metrics) => metrics.clipHighFraction);
  return {
    'clip_ratio/low_mean': whole?.clipLowFraction ?? tf.mean(low),
    'clip_ratio/high_mean': whole?.clipHighFraction ?? tf.mean(high),
    'clip_ratio/region_mean': whole?.clipFraction ?? tf.mean(perRow((metrics) => metrics.clipFraction)),
    'clip_ratio/low_min': tf.min(low),
    'clip_ratio/high_max': tf.max(high),
  };
}

function rowOf(inputs: PolicyInputs, row: number): PolicyInputs {
  const cut = <Kind extends tf.Tensor>(tensor: Kind): Kind => tf.slice(tensor, row, 1);
  return {
    logProbs: cut(inputs.logProbs),
    mask: cut(inputs.mask),
    advantages: cut(inputs.advantages),
    ...(inputs.oldLogProbs && { oldLogProbs: cut(inputs.oldLogProbs) }),
    ...(inputs.importanceWeights && { importanceWeights: cut(inputs.importanceWeights) }),
  };
}
