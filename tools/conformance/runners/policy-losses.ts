import {
  type Aggregated,
  cispoLoss,
  clipCovLoss,
  clippedPolicyLoss,
  gmpoLoss,
  gspoTokenLoss,
  klCovLoss,
  maskedMean,
  type PolicyLossInputs,
  reinforceLoss,
  sapoLoss,
} from '@rlloom/core';
import { tf } from '@rlloom/tensor';
import type { AlgorithmRunner, CaseArguments, Outputs } from '../algorithm-runner.ts';
import { nameOf, numberOf, numbers, tensor, valueAndGradient } from './case-inputs.ts';
import { globalBatch, verlAggregation } from './verl-aggregation.ts';

const inputNames = ['old_log_prob', 'log_prob', 'advantages', 'response_mask', 'rollout_is_weights'];
const paramNames = ['loss_agg_mode', 'global_batch_info', 'clip_ratio', 'clip_ratio_low', 'clip_ratio_high'];

interface Clips {
  readonly clipRatioLow: number;
  readonly clipRatioHigh: number;
}

interface VerlLoss {
  readonly params?: readonly string[];
  /** The mode that is in force whatever the case asks. */
  readonly mode?: 'seq-mean-token-mean';
  /** The loss as verl has it, and its metrics from a run that averages over the tokens at hand. */
  readonly run: (given: VerlCase) => {
    readonly loss: tf.Scalar;
    readonly metrics: Readonly<Record<string, tf.Scalar>>;
  };
  /** verl's names for our metrics. */
  readonly report?: (measured: Readonly<Record<string, tf.Scalar>>, given: VerlCase) => Outputs;
}

interface VerlCase extends Aggregated, Clips {
  readonly inputs: PolicyLossInputs & { readonly oldLogProbs: tf.Tensor2D; readonly advantages: tf.Tensor2D };
  readonly params: CaseArguments['params'];
}

function verlLoss({ params: ownParams = [], mode, run, report }: VerlLoss): AlgorithmRunner {
  return {
    inputs: inputNames,
    params: [...paramNames, ...ownParams],
    run({ inputs, params, expectsError }) {
      const clipRatio = numberOf(params, 'clip_ratio', 0.2);
      const given = {
        params,
        clipRatioLow: numberOf(params, 'clip_ratio_low', clipRatio),
        clipRatioHigh: numberOf(params, 'clip_ratio_high', clipRatio),
        aggregation: verlAggregation(
          { params: globalBatch(params), expectsError },
          numbers(inputs, 'response_mask'),
          mode ?? nameOf(params, 'loss_agg_mode'),
        ),
        inputs: {
          logProbs: tensor(inputs, 'log_prob'),
          oldLogProbs: tensor(inputs, 'old_log_prob'),
          advantages: tensor(inputs, 'advantages'),
          mask: tensor(inputs, 'response_mask'),
          ...(inputs['rollout_is_weights'] != null && { importanceWeights: tensor(inputs, 'rollout_is_weights') }),
        },
      };
      const { value, gradient } = valueAndGradient(
        (logProbs) => run({ ...given, inputs: { ...given.inputs, logProbs } }).loss,
        given.inputs.logProbs,
      );
      const { metrics } = run({ ...given, aggregation: { mode: 'token-mean' } });
      return { loss: value, grad_log_prob: gradient, ...report?.(metrics, given) };
    },
  };
}

const meanGap = ({ inputs }: VerlCase): tf.Tensor =>
  maskedMean(tf.sub(inputs.oldLogProbs, inputs.logProbs), inputs.mask);

const clipAndKl = (metrics: Readonly<Record<string, tf.Scalar>>): Outputs => ({
  pg_clipfrac: metrics['clipFraction'] ?? 0,
  ppo_kl: metrics['approximateKl'] as tf.Scalar,
  pg_clipfrac_lower: metrics['dualClipFraction'] ?? 0,
});

export const policyLossVanilla = verlLoss({
  params: ['clip_ratio_c'],
  run: (given) => clippedPolicyLoss(given.inputs, { ...given, clipRatioC: numberOf(given.params, 'clip_ratio_c', 3) }),
  report: clipAndKl,
});

export const policyLossGspo = verlLoss({
  mode: 'seq-mean-token-mean',
  run: (given) => gspoTokenLoss(given.inputs, given),
  report: (metrics, given) => ({ ...clipAndKl(metrics), ppo_kl: meanGap(given) }),
});

export const policyLossSapo = verlLoss({
  mode: 'seq-mean-token-mean',
  params: ['tau_pos', 'tau_neg'],
  run: (given) =>
    sapoLoss(given.inputs, {
      positiveTemperature: numberOf(given.params, 'tau_pos', 1),
      negativeTemperature: numberOf(given.params, 'tau_neg', 1.05),
      aggregation: given.aggregation,
    }),
  report: clipAndKl,
});

export const policyLossCispo = verlLoss({ run: (given) => cispoLoss(given.inputs, given), report: clipAndKl });

export const policyLossGpg = verlLoss({ run: (given) => reinforceLoss(given.inputs, given) });

export const policyLossReinforce = verlLoss({
  run: (given) => reinforceLoss(given.inputs, given),
  report: (metrics) => ({ ppo_kl: metrics['approximateKl'] as tf.Scalar }),
});

export const policyLossClipCov = verlLoss({
  params: ['clip_cov_ratio', 'clip_cov_lb', 'clip_cov_ub'],
  run: (given) =>
    clipCovLoss(given.inputs, {
      ...given,
      logRatioClamp: null,
      selectedFraction: numberOf(given.params, 'clip_cov_ratio', 2e-4),
      covarianceLow: numberOf(given.params, 'clip_cov_lb', 1),
      covarianceHigh: numberOf(given.params, 'clip_cov_ub', 5),
    }),
  report: (metrics) => ({
    pg_clipfrac: metrics['selectedFraction'] as tf.Scalar,
    ppo_kl: metrics['approximateKl'] as tf.Scalar,
  }),
});

export const policyLossKlCov = verlLoss({
  params: ['kl_cov_ratio', 'ppo_kl_coef'],
  run: (given) =>
    klCovLoss(given.inputs, {
      ...given,
      logRatioClamp: null,
      selectedFraction: numberOf(given.params, 'kl_cov_ratio', 2e-4),
      klCoefficient: numberOf(given.params, 'ppo_kl_coef', 1),
    }),
  report: (_, { inputs }) => ({ ppo_kl: maskedMean(tf.abs(tf.sub(inputs.logProbs, inputs.oldLogProbs)), inputs.mask) }),
});

/** verl's GMPO: the mean over all rows, with one weight per sequence, the geometric mean of its tokens'. */
export const policyLossGeoMean = verlLoss({
  run: (given) => {
    const { importanceWeights, mask } = given.inputs;
    const sequenceCount = mask.shape[0];
    const lengths = tf.maximum(tf.sum(mask, 1, true), 1);
    const weights =
      importanceWeights &&
      tf.exp(tf.div(tf.sum(tf.mul(tf.log(tf.add(importanceWeights, 1e-10)), mask), 1, true), lengths));
    return gmpoLoss(
      { ...given.inputs, ...(weights && { importanceWeights: tf.add<tf.Tensor2D>(weights, tf.zerosLike(mask)) }) },
      { ...given, logRatioClamp: null, aggregation: { mode: 'sequence-mean-token-mean', sequenceCount } },
    );
  },
  report(_, { inputs, clipRatioLow, clipRatioHigh }) {
    // verl's two fractions go by the sign of the advantage only, whichever bound was left.
    const logRatio = tf.sub(inputs.logProbs, inputs.oldLogProbs);
    const outside = tf.notEqual(logRatio, tf.clipByValue(logRatio, -clipRatioLow, clipRatioHigh));
    const share = (side: tf.Tensor) => maskedMean(tf.cast(tf.logicalAnd(outside, side), 'float32'), inputs.mask);
    return {
      pg_clipfrac: share(tf.greater(inputs.advantages, 0)),
      ppo_kl: maskedMean(tf.neg(logRatio), inputs.mask),
      pg_clipfrac_lower: share(tf.less(inputs.advantages, 0)),
    };
  },
});
