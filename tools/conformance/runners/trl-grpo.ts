import {
  type Aggregated,
  type AggregationOptions,
  aggregateLoss,
  cispoLoss,
  clippedPolicyLoss,
  gmpoLoss,
  highEntropyMask,
  importanceRatio,
  klEstimate,
  maskedMean,
  offPolicySequenceMask,
  type PolicyLossInputs,
  type RatioLevel,
  sapoLoss,
  type VespoInputs,
  vespoLoss,
} from '@rlloom/core';
import { numbersOf } from '../compiled-case.ts';
import { tf } from '@rlloom/tensor';
import { type AlgorithmRunner, type CaseArguments, NotCovered, type Outputs } from '../algorithm-runner.ts';
import { nameOf, numberOf, numbers, tensor, valueAndGradient } from './case-inputs.ts';
import { clipFractions, measured, trlAggregation, trlSizes } from './trl-measures.ts';

const policyInputs = ['per_token_logps', 'old_per_token_logps', 'ref_per_token_logps', 'entropies', 'completion_mask'];

/** A TRL loss with our function, its aggregation, and the metrics TRL derives from it. */
interface TrlLoss {
  readonly aggregation: AggregationOptions;
  readonly run: (inputs: VespoInputs, aggregated: Aggregated) => { loss: tf.Scalar; metrics: object };
  readonly measure: (inputs: VespoInputs) => Outputs;
}

/** TRL's GRPO trainer: its loss types are our policy losses under its aggregations. */
export const trlGrpoLoss: AlgorithmRunner = {
  inputs: [...policyInputs, 'tool_mask', 'advantages', 'importance_sampling_ratio'],
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
    'top_entropy_quantile',
    'off_policy_mask_threshold',
    'sapo_temperature_pos',
    'sapo_temperature_neg',
    'vespo_k_pos',
    'vespo_lambda_pos',
    'vespo_k_neg',
    'vespo_lambda_neg',
  ],
  run(given) {
    const { inputs, params } = given;
    const completion = tensor(inputs, 'completion_mask');
    const mask =
      inputs['tool_mask'] == null ? completion : tf.mul<tf.Tensor2D>(completion, tensor(inputs, 'tool_mask'));
    const trl = trlLoss(given, mask);
    const entropyMask = topEntropyMask(given, mask);
    const batch = batchOf(given, mask, entropyMask);
    const report = evaluate(given, trl, batch);
    const bonus = entropyBonus(given, entropyMask ?? mask);
    return {
      loss: bonus === undefined ? report.value : tf.sub(report.value, bonus.value),
      grad_per_token_logps: report.gradient,
      ...(bonus && { grad_entropies: tf.neg(bonus.gradient) }),
      metrics: {
        ...(bonus && {
          policy_loss: policyMetric(given, report.value),
          entropy_coef: numberOf(params, 'entropy_coef', 0),
        }),
        ...report.metrics,
      },
    };
  },
};

/** TRL's GMPO trainer. */
export const trlGmpoLoss: AlgorithmRunner = {
  inputs: [...policyInputs, 'advantages'],
  params: ['epsilon_low', 'epsilon_high', 'beta'],
  run(given) {
    const mask = tensor(given.inputs, 'completion_mask');
    const options = clips(given.params);
    const aggregation = { mode: 'sequence-mean-token-mean', sequenceCount: mask.shape[0] } as const;
    const { value, gradient, metrics } = evaluate(
      given,
      {
        aggregation,
        run: (inputs, aggregated) => gmpoLoss(inputs, { ...options, ...aggregated, logRatioClamp: null }),
        measure: (inputs) =>
          clipFractions(measured(inputs), (row, local) => gmpoLoss(row, { ...options, ...local }).metrics),
      },
      batchOf(given, mask),
    );
    return { loss: tf.add(value, emptyRowsCost(given, mask)), grad_per_token_logps: gradient, metrics };
  },
};

/** TRL's RLOO trainer: one clipped ratio of whole sequences, the mean over all rows. */
export const trlRlooLoss: AlgorithmRunner = {
  inputs: [...policyInputs, 'advantages'],
  params: ['epsilon_low', 'epsilon_high'],
  run(given) {
    const mask = tensor(given.inputs, 'completion_mask');
    const options = { ...clips(given.params), ratioLevel: 'sequence-sum', logRatioClamp: null } as const;
    const aggregation = { mode: 'sequence-mean-token-mean', sequenceCount: mask.shape[0] } as const;
    const { value, gradient, metrics } = evaluate(
      given,
      {
        aggregation,
        run: (inputs, aggregated) => clippedPolicyLoss(inputs, { ...options, ...aggregated }),
        measure: (inputs) =>
          clipFractions(inputs, (row, local) => clippedPolicyLoss(row, { ...options, ...local }).metrics, 'sequence'),
      },
      batchOf(given, mask),
    );
    return { loss: tf.add(value, emptyRowsCost(given, mask)), grad_per_token_logps: gradient, metrics };
  },
};

// A row without a trained token costs nothing here; TRL's sequence losses charge it -A for its ratio of 1.
function emptyRowsCost({ inputs }: CaseArguments, mask: tf.Tensor2D): tf.Scalar {
  const isEmpty = tf.cast(tf.equal(tf.sum(mask, 1), 0), 'float32');
  return tf.neg(tf.mean(tf.mul(isEmpty, tensor<tf.Tensor1D>(inputs, 'advantages'))));
}

function clips(params: CaseArguments['params']) {
  return { clipRatioLow: numberOf(params, 'epsilon_low', 0.2), clipRatioHigh: numberOf(params, 'epsilon_high', 0.2) };
}

function batchOf(given: CaseArguments, mask: tf.Tensor2D, entropyMask?: tf.Tensor2D): VespoInputs {
  const { inputs, params } = given;
  const isVespo = params['loss_type'] === 'vespo';
  const ratios = inputs['importance_sampling_ratio'] == null ? undefined : tensor(inputs, 'importance_sampling_ratio');
  const factors = [isVespo ? undefined : ratios, entropyMask, sequenceMask(given, mask)].filter(
    (factor) => factor !== undefined,
  );
  return {
    logProbs: tensor(inputs, 'per_token_logps'),
    mask,
    advantages: tensor<tf.Tensor1D>(inputs, 'advantages'),
    ...(inputs['old_per_token_logps'] != null && { oldLogProbs: tensor(inputs, 'old_per_token_logps') }),
    ...(isVespo && ratios && { rolloutRatios: withMaskedRatios(ratios, mask) }),
    ...(factors.length > 0 && { importanceWeights: factors.reduce((a, b) => tf.mul<tf.Tensor2D>(a, b)) }),
  };
}

// TRL multiplies the ratios of masked places into the sequence's weight too: put them on its first trained token.
function withMaskedRatios(ratios: tf.Tensor2D, mask: tf.Tensor2D): tf.Tensor2D {
  const bits = numbersOf(mask) as number[][];
  const rows = (numbersOf(ratios) as number[][]).map((row, sequence) => {
    const first = Math.max(bits[sequence]?.indexOf(1) ?? 0, 0);
    const masked = row.reduce(
      (product, ratio, token) => (bits[sequence]?.[token] === 1 || token === first ? product : product * ratio),
      1,
    );
    return row.map((ratio, token) => (token === first ? ratio * masked : ratio));
  });
  return tf.tensor2d(rows);
}

function topEntropyMask({ inputs, params }: CaseArguments, mask: tf.Tensor2D): tf.Tensor2D | undefined {
  const fraction = numberOf(params, 'top_entropy_quantile', 1);
  return fraction < 1 ? highEntropyMask(tensor(inputs, 'entropies'), mask, fraction) : undefined;
}

function sequenceMask({ inputs, params }: CaseArguments, mask: tf.Tensor2D): tf.Tensor2D | undefined {
  if (params['off_policy_mask_threshold'] == null) return undefined;
  const kept = offPolicySequenceMask(
    {
      logProbs: numbers(inputs, 'per_token_logps'),
      oldLogProbs: numbers(inputs, inputs['old_per_token_logps'] == null ? 'per_token_logps' : 'old_per_token_logps'),
      advantages: numbers<number[]>(inputs, 'advantages'),
      mask: numbersOf(mask) as number[][],
    },
    numberOf(params, 'off_policy_mask_threshold', 0),
  );
  return tf.tensor2d(
    kept.map((row) => [...row]),
    mask.shape,
  );
}

function trlLoss(given: CaseArguments, mask: tf.Tensor2D): TrlLoss {
  const { params } = given;
  const aggregation = trlAggregation(params, trlSizes(given, mask));
  const options = { ...clips(params), ratioLevel: levelOf(params), logRatioClamp: null };
  switch (params['loss_type']) {
    case 'cispo':
      return {
        aggregation,
        // TRL's epsilon_high is the bound itself.
        run: (inputs, aggregated) => cispoLoss(inputs, { ...options, ...aggregated, ...cispoBounds(options) }),
        measure: (inputs) => ({
          cispo_clip_ratio: cispoClipRatio(options.ratioLevel === 'token' ? measured(inputs) : inputs, options),
        }),
      };
    case 'sapo':
      return {
        aggregation,
        run: (inputs, aggregated) =>
          sapoLoss(inputs, {
            ...options,
            ...aggregated,
            positiveTemperature: numberOf(params, 'sapo_temperature_pos', 1),
            negativeTemperature: numberOf(params, 'sapo_temperature_neg', 1.05),
          }),
        measure: () => ({}),
      };
    case 'vespo': {
      const shape = {
        positiveShape: numberOf(params, 'vespo_k_pos', 2),
        positiveRate: numberOf(params, 'vespo_lambda_pos', 3),
        negativeShape: numberOf(params, 'vespo_k_neg', 3),
        negativeRate: numberOf(params, 'vespo_lambda_neg', 2),
      };
      return {
        aggregation,
        run: (inputs, aggregated) => vespoLoss(inputs, { ...shape, ...aggregated }),
        measure: (inputs) => ({ 'vespo/phi_seq_mean': vespoWeightMean(inputs, shape) }),
      };
    }
    default: {
      const clipped = { ...options, delta: params['delta'] == null ? null : Number(params['delta']) };
      return {
        aggregation,
        run: (inputs, aggregated) => clippedPolicyLoss(inputs, { ...clipped, ...aggregated }),
        measure: (inputs) =>
          clipFractions(
            options.ratioLevel === 'token' ? measured(inputs) : inputs,
            (row, local) => clippedPolicyLoss(row, { ...clipped, ...local }).metrics,
            options.ratioLevel,
          ),
      };
    }
  }
}

function levelOf(params: CaseArguments['params']): RatioLevel {
  const level = nameOf(params, 'importance_sampling_level', 'token');
  if (level === 'token' || level === 'sequence') return level;
  throw new NotCovered(`not built: importance_sampling_level ${level}`);
}

const cispoBounds = ({ clipRatioHigh }: { readonly clipRatioHigh: number }) => ({
  clipRatioLow: null,
  clipRatioHigh: clipRatioHigh - 1,
});

// TRL counts clipped tokens of positive advantages only.
function cispoClipRatio(
  inputs: PolicyLossInputs,
  options: ReturnType<typeof clips> & { readonly ratioLevel: RatioLevel; readonly logRatioClamp: null },
): tf.Tensor {
  const { rules } = cispoLoss.perToken(inputs, { ...options, ...cispoBounds(options) });
  const counted = tf.logicalAnd(rules.clip, tf.expandDims(tf.greater(inputs.advantages, 0), 1));
  if (options.ratioLevel === 'token') return maskedMean(tf.cast(counted, 'float32'), inputs.mask);
  return tf.mean(tf.cast(tf.slice(counted, [0, 0], [-1, 1]), 'float32'));
}

// The weight is what an advantage of 1 or -1 and a log-prob of -1 cost; TRL averages it over sequences.
function vespoWeightMean(inputs: VespoInputs, shape: Parameters<typeof vespoLoss.perToken>[1]): tf.Tensor {
  const { logRatio } = vespoLoss.perToken(inputs, shape);
  const logProbs = tf.fill<tf.Rank.R2>(inputs.mask.shape, -1);
  const signs = tf.sub(tf.mul(tf.cast(tf.greaterEqual(inputs.advantages, 0), 'float32'), 2), 1);
  // A row without tokens has not moved, and its weight is that of its rollout ratios alone.
  const mask = tf.tensor2d(
    (numbersOf(inputs.mask) as number[][]).map((row) => (row.includes(1) ? row : row.map((_, at) => +(at === 0)))),
  );
  const unit = {
    ...inputs,
    mask,
    logProbs,
    oldLogProbs: tf.sub<tf.Tensor2D>(logProbs, logRatio),
    advantages: signs as tf.Tensor1D,
  };
  const { tokenLoss } = vespoLoss.perToken(unit, shape);
  return tf.mean(tf.max(tf.abs(tf.mul(tokenLoss, mask)), 1));
}

interface Evaluation {
  readonly value: tf.Scalar;
  readonly gradient: tf.Tensor;
  readonly metrics: Outputs;
}

/** The loss with its KL term, its gradient, and the metrics. */
function evaluate(given: CaseArguments, trl: TrlLoss, batch: VespoInputs): Evaluation {
  const { inputs, params } = given;
  const beta = numberOf(params, 'beta', 0);
  const referenceKl = (logProbs: tf.Tensor2D, seen = batch): tf.Tensor2D => {
    const kl = klEstimate(logProbs, tensor(inputs, 'ref_per_token_logps'), { inputClamp: null, outputClamp: null });
    if (params['use_bias_correction_kl'] !== true) return kl;
    const ratioLevel = levelOf(params);
    const rated = ratioLevel === 'token' ? seen : batch;
    return tf.mul(kl, importanceRatio({ ...rated, logProbs }, { ratioLevel, logRatioClamp: null }).ratio);
  };
  const total = (logProbs: tf.Tensor2D): tf.Scalar => {
    const { loss } = trl.run({ ...batch, logProbs }, { aggregation: trl.aggregation });
    if (beta === 0) return loss;
    return tf.add(loss, tf.mul(beta, aggregateLoss(referenceKl(logProbs), batch.mask, trl.aggregation)));
  };
  const { value, gradient } = valueAndGradient(total, batch.logProbs);
  const metrics = {
    ...trl.measure(batch),
    ...(beta !== 0 && { kl: maskedMean(referenceKl(batch.logProbs, measured(batch)), measured(batch).mask) }),
  };
  return { value, gradient, metrics };
}

// TRL logs the policy loss before it divides by the accumulation steps, where it divides at all.
function policyMetric({ params }: CaseArguments, value: tf.Scalar): tf.Scalar {
  const isGlobal = ['cispo', 'dapo', 'vespo'].includes(nameOf(params, 'loss_type'));
  return isGlobal ? value : tf.mul(value, numberOf(params, 'grad_accum', 1));
}

// TRL averages the entropy over the tokens it trains whatever the loss type is, per accumulation step.
function entropyBonus(
  { inputs, params }: CaseArguments,
  mask: tf.Tensor2D,
): ReturnType<typeof valueAndGradient> | undefined {
  const coefficient = numberOf(params, 'entropy_coef', 0);
  if (coefficient === 0) return undefined;
  const scale = coefficient / numberOf(params, 'grad_accum', 1);
  const bonus = (entropies: tf.Tensor2D): tf.Scalar =>
    tf.mul(scale, aggregateLoss(entropies, mask, { mode: 'token-mean', tokenCount: tf.sum(mask) }));
  return valueAndGradient(bonus, tensor(inputs, 'entropies'));
}
