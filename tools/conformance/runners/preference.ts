import {
  apoZeroUnpairedLoss,
  type CpoOptions,
  conservativePairLoss,
  cpoLoss,
  distillationLoss,
  ktoLoss,
  ktoPairLoss,
  ktoReferencePoint,
  orpoLoss,
  type PairInputs,
  type PolicyPairs,
  rewardModelLoss,
  type SampleInputs,
  type SampleMetrics,
  simpoLoss,
} from '@rlloom/core';
import { tf } from '@rlloom/tensor';
import { type AlgorithmRunner, type CaseArguments, NotCovered, type Outputs } from '../algorithm-runner.ts';
import { flagOf, nameOf, numberOf, numbers, tensor, valueAndGradient } from './case-inputs.ts';

const column = (inputs: CaseArguments['inputs'], name: string) => tensor<tf.Tensor1D>(inputs, name);

function gradients(loss: (chosen: tf.Tensor1D, rejected: tf.Tensor1D) => tf.Scalar, at: readonly tf.Tensor1D[]) {
  return tf.grads(loss as (chosen: tf.Tensor, rejected: tf.Tensor) => tf.Tensor)([...at]) as [tf.Tensor, tf.Tensor];
}

export const dpoConservativeAndKtoPair: AlgorithmRunner = {
  inputs: ['chosen_logps', 'rejected_logps', 'ref_chosen_logps', 'ref_rejected_logps'],
  params: ['kind', 'beta', 'label_smoothing'],
  run({ inputs, params }) {
    const kind = nameOf(params, 'kind');
    if (kind !== 'cdpo' && kind !== 'kto_pair') throw new NotCovered(`not built: kind ${kind}`);
    const pairs: PairInputs = {
      chosenLogProbs: column(inputs, 'chosen_logps'),
      rejectedLogProbs: column(inputs, 'rejected_logps'),
      referenceChosenLogProbs: column(inputs, 'ref_chosen_logps'),
      referenceRejectedLogProbs: column(inputs, 'ref_rejected_logps'),
    };
    const beta = numberOf(params, 'beta', 0.1);
    const labelSmoothing = numberOf(params, 'label_smoothing', 0);
    const lossOf = (given: PairInputs) =>
      kind === 'cdpo' ? conservativePairLoss(given, { beta, labelSmoothing }) : ktoPairLoss(given, { beta });
    const [chosen, rejected] = gradients(
      (chosenLogProbs, rejectedLogProbs) => lossOf({ ...pairs, chosenLogProbs, rejectedLogProbs }).loss,
      [pairs.chosenLogProbs, pairs.rejectedLogProbs],
    );
    return {
      loss: lossOf(pairs).loss,
      losses:
        kind === 'cdpo' ? conservativePairLoss.perPair(pairs, { beta, labelSmoothing }).losses : ktoSides(pairs, beta),
      grad_chosen_logps: chosen,
      grad_rejected_logps: rejected,
    };
  },
};

// TRL lists the losses of the chosen and then of the rejected, which are those of KTO with each other's mean.
function ktoSides(pairs: PairInputs, beta: number): tf.Tensor {
  const chosen = { logProbs: pairs.chosenLogProbs, referenceLogProbs: pairs.referenceChosenLogProbs };
  const rejected = { logProbs: pairs.rejectedLogProbs, referenceLogProbs: pairs.referenceRejectedLogProbs };
  const desirable = tf.onesLike(chosen.logProbs);
  return tf.concat([
    ktoLoss.perSample({ ...chosen, desirable }, { beta, referencePoint: ktoReferencePoint(rejected) }),
    ktoLoss.perSample(
      { ...rejected, desirable: tf.zerosLike(desirable) },
      { beta, referencePoint: ktoReferencePoint(chosen) },
    ),
  ]);
}

export const kto: AlgorithmRunner = {
  inputs: ['per_token_logps', 'label', 'ref_logps', 'KL_logps', 'ref_KL_logps'],
  params: ['loss_type', 'beta', 'desirable_weight', 'undesirable_weight', 'calculate_KL'],
  run({ inputs, params }) {
    const type = nameOf(params, 'loss_type', 'kto');
    if (type !== 'kto' && type !== 'apo_zero_unpaired') throw new NotCovered(`not built: loss_type ${type}`);
    const referencePoint = flagOf(params, 'calculate_KL', type === 'kto')
      ? ktoReferencePoint({
          logProbs: column(inputs, 'KL_logps'),
          referenceLogProbs: column(inputs, 'ref_KL_logps'),
        })
      : tf.scalar(0);
    const desirable = tf.tensor1d(numbers<(boolean | number)[]>(inputs, 'label').map(Number));
    // TRL sums whole rows, since its model gives 0 outside completions.
    const samples = (logProbs: tf.Tensor2D): SampleInputs => ({
      logProbs: tf.sum(logProbs, 1),
      referenceLogProbs: column(inputs, 'ref_logps'),
      desirable,
    });
    const options = {
      beta: numberOf(params, 'beta', 0.1),
      desirableWeight: numberOf(params, 'desirable_weight', 1),
      undesirableWeight: numberOf(params, 'undesirable_weight', 1),
    };
    const lossOf = (logProbs: tf.Tensor2D) =>
      type === 'kto'
        ? ktoLoss(samples(logProbs), { ...options, referencePoint })
        : apoZeroUnpairedLoss(samples(logProbs), options);
    const logProbs = tensor(inputs, 'per_token_logps');
    const { value, gradient } = valueAndGradient((x) => lossOf(x).loss, logProbs);
    return {
      loss: value,
      grad_per_token_logps: gradient,
      metrics: { kl: referencePoint, ...sampleMetrics(lossOf(logProbs).metrics) },
    };
  },
};

function sampleMetrics(metrics: SampleMetrics): Outputs {
  return {
    'rewards/chosen': metrics.desirableReward,
    'rewards/rejected': metrics.undesirableReward,
    'rewards/margins': metrics.rewardMargin,
    'logps/chosen': metrics.desirableLogProb,
    'logps/rejected': metrics.undesirableLogProb,
  };
}

export const cpoSimpo: AlgorithmRunner = {
  inputs: ['chosen_logps', 'rejected_logps', 'nll'],
  params: ['loss_type', 'beta', 'label_smoothing', 'simpo_gamma', 'alpha', 'cpo_alpha'],
  run({ inputs, params, expectsError }) {
    const type = nameOf(params, 'loss_type', 'sigmoid');
    const known = ['sigmoid', 'hinge', 'ipo', 'simpo'].includes(type);
    if (!known && !expectsError) throw new NotCovered(`not built: loss_type ${type}`);
    const options = {
      beta: numberOf(params, 'beta', 0.1),
      labelSmoothing: numberOf(params, 'label_smoothing', 0),
      alpha: numberOf(params, 'alpha', 0),
      nllWeight: numberOf(params, 'cpo_alpha', 1),
      chosenNll: tf.scalar(numberOf(inputs, 'nll', 0)),
    };
    const gamma = numberOf(params, 'simpo_gamma', 0.5);
    const forType = { ...options, loss: type as NonNullable<CpoOptions['loss']> };
    const lossOf = (given: PolicyPairs) =>
      type === 'simpo' ? simpoLoss(given, { ...options, gamma }) : cpoLoss(given, forType);
    const termsOf = (given: PolicyPairs) =>
      type === 'simpo' ? simpoLoss.perPair(given, { ...options, gamma }) : cpoLoss.perPair(given, forType);
    return withoutReference(inputs, { lossOf, termsOf });
  },
};

export const orpo: AlgorithmRunner = {
  inputs: ['chosen_logps', 'rejected_logps', 'nll'],
  params: ['beta'],
  run({ inputs, params }) {
    const options = { beta: numberOf(params, 'beta', 0.1), chosenNll: tf.scalar(numberOf(inputs, 'nll', 0)) };
    const lossOf = (given: PolicyPairs) => orpoLoss(given, options);
    const { losses, ...outputs } = withoutReference(inputs, {
      lossOf,
      termsOf: (given) => orpoLoss.perPair(given, options),
    });
    const { metrics } = lossOf(policyPairs(inputs));
    return {
      ...outputs,
      // TRL's losses are what it subtracts.
      losses: tf.neg(losses),
      log_odds_ratio: metrics.logOddsRatio,
      log_odds_chosen: metrics.logOdds,
    };
  },
};

function policyPairs(inputs: CaseArguments['inputs']): PolicyPairs {
  return { chosenLogProbs: column(inputs, 'chosen_logps'), rejectedLogProbs: column(inputs, 'rejected_logps') };
}

function withoutReference(
  inputs: CaseArguments['inputs'],
  {
    lossOf,
    termsOf,
  }: {
    readonly lossOf: (given: PolicyPairs) => { readonly loss: tf.Scalar };
    readonly termsOf: (given: PolicyPairs) => ReturnType<typeof cpoLoss.perPair>;
  },
) {
  const pairs = policyPairs(inputs);
  const [chosen, rejected] = gradients(
    (chosenLogProbs, rejectedLogProbs) => lossOf({ chosenLogProbs, rejectedLogProbs }).loss,
    [pairs.chosenLogProbs, pairs.rejectedLogProbs],
  );
  const { losses, chosenRewards, rejectedRewards } = termsOf(pairs);
  return {
    loss: lossOf(pairs).loss,
    losses,
    chosen_rewards: chosenRewards,
    rejected_rewards: rejectedRewards,
    grad_chosen_logps: chosen,
    grad_rejected_logps: rejected,
  };
}

export const rewardModel: AlgorithmRunner = {
  inputs: ['rewards_chosen', 'rewards_rejected', 'margin'],
  params: ['center_rewards_coefficient'],
  run({ inputs, params }) {
    const pairs = {
      chosenRewards: column(inputs, 'rewards_chosen'),
      rejectedRewards: column(inputs, 'rewards_rejected'),
      ...(inputs['margin'] != null && { margins: column(inputs, 'margin') }),
    };
    const options = { centerCoefficient: numberOf(params, 'center_rewards_coefficient', 0) };
    const [chosen, rejected] = gradients(
      (chosenRewards, rejectedRewards) => rewardModelLoss({ ...pairs, chosenRewards, rejectedRewards }, options).loss,
      [pairs.chosenRewards, pairs.rejectedRewards],
    );
    const { loss, metrics } = rewardModelLoss(pairs, options);
    return {
      loss,
      grad_chosen: chosen,
      grad_rejected: rejected,
      metrics: {
        min_reward: metrics.minReward,
        mean_reward: metrics.meanReward,
        max_reward: metrics.maxReward,
        accuracy: metrics.rewardAccuracy,
        margin: metrics.rewardMargin,
      },
    };
  },
};

export const gkd: AlgorithmRunner = {
  inputs: ['student_logits', 'teacher_logits', 'labels'],
  params: ['beta', 'temperature'],
  run({ inputs, params }) {
    const studentLogits = tensor<tf.Tensor3D>(inputs, 'student_logits');
    const teacherLogits = tensor<tf.Tensor3D>(inputs, 'teacher_logits');
    const mask = tf.cast<tf.Tensor2D>(tf.notEqual(tensor(inputs, 'labels'), -100), 'float32');
    const options = { beta: numberOf(params, 'beta', 0.5), temperature: numberOf(params, 'temperature', 1) };
    const lossOf = (logits: tf.Tensor) =>
      distillationLoss({ studentLogits: logits as tf.Tensor3D, teacherLogits, mask }, options);
    const { value, grad } = tf.valueAndGrad(lossOf)(studentLogits);
    return { loss: value, grad_student_logits: grad };
  },
};
