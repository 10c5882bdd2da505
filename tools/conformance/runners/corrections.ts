import {
  clippedPolicyLoss,
  type EmptySequenceOptions,
  type ImportanceWeightOptions,
  importanceWeightMetrics,
  importanceWeights,
  type MismatchInputs,
  offPolicyMetrics,
  parseRejectionRules,
  reinforceLoss,
  type RejectionRule,
  rejectionMask,
  rejectionMetrics,
} from '@rlloom/core';
import { numbersOf } from '../compiled-case.ts';
import { tf } from '@rlloom/tensor';
import { type AlgorithmRunner, type CaseArguments, NotCovered } from '../algorithm-runner.ts';
import type { Values } from '../compare.ts';
import { flagOf, nameOf, numberOf, numbers, tensor, valueAndGradient } from './case-inputs.ts';
import { verlAggregation } from './verl-aggregation.ts';

type Metrics = Readonly<Record<string, number>>;

// verl counts sequences without trained tokens in its means over sequences.
const verl: EmptySequenceOptions = { emptySequences: 'counted' };

/** The difference of the log-probs is what the file gives; the other policy then has 0 everywhere. */
function ofLogRatios(inputs: CaseArguments['inputs']): MismatchInputs {
  const trainerLogProbs = numbers(inputs, 'log_ratio');
  return {
    trainerLogProbs,
    rolloutLogProbs: trainerLogProbs.map((row) => row.map(() => 0)),
    mask: numbers(inputs, 'response_mask'),
  };
}

function weightOptions(params: CaseArguments['params']): ImportanceWeightOptions {
  const level = nameOf(params, 'rollout_is') as 'token' | 'sequence';
  const by = level === 'sequence' ? 'sequences' : 'tokens';
  return {
    level,
    ...weightBounds(params['rollout_is_threshold'] ?? 2),
    normalize: flagOf(params, 'rollout_is_batch_normalize', false) ? by : 'none',
  };
}

/** verl's threshold: a number is the most that is kept of a weight, `lower_upper` the band of IcePop. */
function weightBounds(threshold: Values): ImportanceWeightOptions {
  const [lower, upper] = (typeof threshold === 'string' ? threshold : JSON.stringify(threshold)).split('_').map(Number);
  if (upper === undefined) return { upper: lower ?? Number.NaN };
  return { lower: lower ?? Number.NaN, upper, outside: 'zero' };
}

function weightMetrics(inputs: MismatchInputs, options: ImportanceWeightOptions): Metrics {
  const metrics = importanceWeightMetrics(inputs, { ...options, ...verl });
  const { sequences } = metrics;
  // verl clamps the largest weight of a sequence, and not the least.
  const unclamped = importanceWeightMetrics(inputs, { ...options, ...verl, logRatioClamp: null });
  return {
    rollout_is_mean: metrics.mean,
    rollout_is_max: metrics.max,
    rollout_is_min: options.level === 'sequence' ? unclamped.min : metrics.min,
    rollout_is_std: metrics.std,
    rollout_is_eff_sample_size: metrics.effectiveSampleSize,
    rollout_is_ratio_fraction_high: metrics.fractionAbove,
    rollout_is_ratio_fraction_low: metrics.fractionBelow,
    rollout_is_seq_mean: sequences.mean,
    rollout_is_seq_std: sequences.std,
    rollout_is_seq_max: sequences.max,
    rollout_is_seq_min: sequences.min,
    rollout_is_seq_max_deviation: sequences.maxDeviation,
    rollout_is_seq_fraction_high: sequences.fractionAbove,
    rollout_is_seq_fraction_low: sequences.fractionBelow,
    rollout_is_batch_norm_factor: metrics.normalizer,
  };
}

/** verl's name of a rule. */
function ruleName({ statistic, scope }: RejectionRule): string {
  const scopes = { token: 'token', 'sequence-sum': 'seq_sum', 'sequence-mean': 'seq_mean', 'sequence-max': 'seq_max' };
  return `rollout_rs_${scopes[scope as keyof typeof scopes]}_${statistic}`;
}

function ruleMetrics(inputs: MismatchInputs, rules: readonly RejectionRule[]): Metrics {
  // verl returns no metrics for a batch without rows.
  if (inputs.mask.length === 0) return {};
  const metrics = rejectionMetrics(inputs, rules, verl);
  const perRule = metrics.rules.flatMap(({ rule, sequences, ...measured }): [string, number][] =>
    Object.entries({
      mean: measured.mean,
      max: measured.max,
      min: measured.min,
      std: measured.std,
      fraction_high: measured.fractionAbove,
      fraction_low: measured.fractionBelow,
      seq_mean: sequences.mean,
      seq_std: sequences.std,
      seq_max: sequences.max,
      seq_min: sequences.min,
      seq_max_deviation: sequences.maxDeviation,
      seq_fraction_high: sequences.fractionAbove,
      seq_fraction_low: sequences.fractionBelow,
      masked_fraction: measured.rejectedTokens,
      seq_masked_fraction: measured.rejectedSequences,
    }).map(([name, value]) => [`${ruleName(rule)}_${name}`, value]),
  );
  return {
    ...Object.fromEntries(perRule),
    rollout_rs_masked_fraction: metrics.rejectedTokens,
    rollout_rs_seq_masked_fraction: metrics.rejectedSequences,
  };
}

function mismatchMetrics(inputs: MismatchInputs): Metrics {
  const metrics = offPolicyMetrics(inputs, verl);
  return {
    training_ppl: metrics.trainerPerplexity,
    training_log_ppl: metrics.trainerLogPerplexity,
    rollout_ppl: metrics.rolloutPerplexity,
    rollout_log_ppl: metrics.rolloutLogPerplexity,
    kl: metrics.k1,
    k3_kl: metrics.k3,
    log_ppl_diff: metrics.logPerplexityDifference,
    log_ppl_abs_diff: metrics.logPerplexityDifferenceSize,
    log_ppl_diff_max: metrics.logPerplexityDifferenceMax,
    log_ppl_diff_min: metrics.logPerplexityDifferenceMin,
    ppl_ratio: metrics.perplexityRatio,
    chi2_token: metrics.chiSquaredTokens,
    chi2_seq: metrics.chiSquaredSequences,
  };
}

export const rolloutWeights: AlgorithmRunner = {
  inputs: ['log_ratio', 'response_mask'],
  params: ['rollout_is', 'rollout_is_threshold', 'rollout_is_batch_normalize'],
  run({ inputs, params }) {
    const given = ofLogRatios(inputs);
    const options = weightOptions(params);
    return { weights: importanceWeights(given, options), metrics: weightMetrics(given, options) };
  },
};

export const rolloutRejectionMask: AlgorithmRunner = {
  inputs: ['log_ratio', 'response_mask'],
  params: ['rollout_rs', 'rollout_rs_threshold'],
  run({ inputs, params }) {
    const given = ofLogRatios(inputs);
    const rules = rulesOf(params);
    return { mask: rejectionMask(given, rules), metrics: ruleMetrics(given, rules) };
  },
};

function rulesOf(params: CaseArguments['params']): RejectionRule[] {
  return parseRejectionRules(nameOf(params, 'rollout_rs'), params['rollout_rs_threshold'] as string | number | null);
}

export const rolloutOffPolicyMetrics: AlgorithmRunner = {
  inputs: ['old_log_prob', 'rollout_log_prob', 'response_mask'],
  params: [],
  run: ({ inputs }) => ({
    metrics: mismatchMetrics({
      trainerLogProbs: numbers(inputs, 'old_log_prob'),
      rolloutLogProbs: numbers(inputs, 'rollout_log_prob'),
      mask: numbers(inputs, 'response_mask'),
    }),
  }),
};

const correctionParams = [
  'loss_type',
  'rollout_is',
  'rollout_is_threshold',
  'rollout_is_batch_normalize',
  'rollout_rs',
  'rollout_rs_threshold',
];

/** verl's bypass mode: the engine's log-probs are the old ones, and the policy now is held against them. */
export const policyLossBypass: AlgorithmRunner = {
  inputs: ['old_log_prob', 'log_prob', 'advantages', 'response_mask'],
  params: ['loss_agg_mode', 'rollout_correction', 'clip_ratio_low', 'clip_ratio_high', 'clip_ratio_c'],
  run({ inputs, params, expectsError }) {
    const correction = (params['rollout_correction'] ?? {}) as Readonly<Record<string, Values>>;
    const unknown = Object.keys(correction).filter((key) => !correctionParams.includes(key));
    if (unknown.length > 0) throw new NotCovered(`not built: rollout_correction ${unknown.join(', ')}`);
    const mismatch = {
      trainerLogProbs: numbers(inputs, 'log_prob'),
      rolloutLogProbs: numbers(inputs, 'old_log_prob'),
      mask: numbers(inputs, 'response_mask'),
    };
    const hasWeights = correction['rollout_is'] != null && correction['rollout_is_threshold'] !== null;
    const weights = hasWeights ? weightOptions(correction) : null;
    const rules = correction['rollout_rs'] == null ? null : rulesOf(correction);
    const mask = tf.tensor2d(rules === null ? mismatch.mask : rejectionMask(mismatch, rules).map((row) => [...row]));
    const metrics = {
      ...(weights && weightMetrics(mismatch, weights)),
      ...(rules && ruleMetrics(mismatch, rules)),
      ...mismatchMetrics(mismatch),
    };
    const importance = weights && tf.tensor2d(importanceWeights(mismatch, weights).map((row) => [...row]));
    const loss = lossOf(
      nameOf(correction, 'loss_type', 'ppo_clip'),
      { inputs, params, expectsError },
      { mask, importance },
    );
    const { value, gradient } = valueAndGradient(loss.value, tensor(inputs, 'log_prob'));
    return {
      loss: value,
      grad_log_prob: gradient,
      metrics: {
        ...loss.metrics(tensor(inputs, 'log_prob')),
        ...Object.fromEntries(Object.entries(metrics).map(([name, metric]) => [`rollout_corr/${name}`, metric])),
      },
    };
  },
};

interface BypassLoss {
  readonly value: (logProbs: tf.Tensor2D) => tf.Scalar;
  readonly metrics: (logProbs: tf.Tensor2D) => Readonly<Record<string, tf.Tensor>>;
}

function lossOf(
  kind: string,
  { inputs, params, expectsError }: CaseArguments,
  { mask, importance }: { readonly mask: tf.Tensor2D; readonly importance: tf.Tensor2D | null },
): BypassLoss {
  const given = { oldLogProbs: tensor(inputs, 'old_log_prob'), advantages: tensor(inputs, 'advantages'), mask };
  const aggregation = verlAggregation({ params, expectsError }, numbersOf(mask) as number[][]);
  // verl's metrics are means over the tokens at hand.
  const local = { mode: 'token-mean' } as const;
  if (kind === 'reinforce') {
    const weighted = { ...given, ...(importance && { importanceWeights: importance }) };
    return {
      value: (logProbs) => reinforceLoss({ ...weighted, logProbs }, { aggregation }).loss,
      metrics: (logProbs) => {
        const { metrics } = reinforceLoss({ ...weighted, logProbs }, { aggregation: local });
        return { 'actor/ppo_kl': metrics.approximateKl };
      },
    };
  }
  if (kind !== 'ppo_clip') throw new RangeError(`bypass_mode: loss_type is ppo_clip or reinforce, given ${kind}`);
  // Its ratio is the weight already.
  const options = {
    clipRatioLow: numberOf(params, 'clip_ratio_low', 0.2),
    clipRatioHigh: numberOf(params, 'clip_ratio_high', 0.28),
    clipRatioC: numberOf(params, 'clip_ratio_c', 3),
  };
  return {
    value: (logProbs) => clippedPolicyLoss({ ...given, logProbs }, { ...options, aggregation }).loss,
    metrics: (logProbs) => {
      const { metrics } = clippedPolicyLoss({ ...given, logProbs }, { ...options, aggregation: local });
      return {
        'actor/pg_clipfrac': metrics.clipFraction,
        'actor/ppo_kl': metrics.approximateKl,
        'actor/pg_clipfrac_lower': metrics.dualClipFraction,
      };
    },
  };
}
