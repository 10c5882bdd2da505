import {
  createKlController,
  type KlController,
  type KlEstimateOptions,
  type KlEstimator,
  klEstimate,
  klFromLogits,
  klShapedRewards,
  updateKlController,
} from '@rlloom/core';
import { tf } from '@rlloom/tensor';
import { type AlgorithmRunner, type CaseArguments, NotCovered, type Outputs } from '../algorithm-runner.ts';
import { nameOf, numberOf, numbers, tensor } from './case-inputs.ts';

const estimators: Readonly<Record<string, KlEstimator>> = {
  kl: 'k1',
  k1: 'k1',
  abs: 'abs',
  mse: 'k2',
  k2: 'k2',
  low_var_kl: 'k3',
  k3: 'k3',
};

function estimate({ inputs }: CaseArguments, options: KlEstimateOptions): Outputs {
  const reference = tensor(inputs, 'ref_logprob');
  const logProbs = tensor(inputs, 'logprob');
  const kl = klEstimate(logProbs, reference, options);
  const gradient = tf.grad((x) => tf.sum(klEstimate(x, reference, options)))(logProbs);
  return { kl, grad_logprob: gradient };
}

export const klPenalty: AlgorithmRunner = {
  inputs: ['logprob', 'ref_logprob'],
  params: ['kind'],
  run(given) {
    const kind = nameOf(given.params, 'kind');
    const estimator = estimators[kind];
    if (estimator === undefined && !given.expectsError) throw new NotCovered(`not built: kind ${kind}`);
    // A name the peer rejects is given to our function as it is, which must reject it too.
    return estimate(given, { estimator: estimator ?? (kind as KlEstimator) });
  },
};

export const klPenaltyStraightThrough: AlgorithmRunner = {
  inputs: ['logprob', 'ref_logprob'],
  params: ['kind'],
  run(given) {
    const kind = nameOf(given.params, 'kind');
    const estimator = kind.endsWith('+') ? estimators[kind.slice(0, -1)] : undefined;
    if (estimator === undefined) throw new NotCovered(`not built: kind ${kind}`);
    return estimate(given, { estimator, gradient: 'k2' });
  },
};

export const klControllers: AlgorithmRunner = {
  inputs: ['updates'],
  params: ['type', 'kl_coef', 'target_kl', 'horizon'],
  run({ inputs, params }) {
    let controller = createKlController({
      type: params['type'],
      coefficient: params['kl_coef'],
      ...(params['type'] === 'adaptive' && { target: params['target_kl'], horizon: params['horizon'] }),
    } as KlController);
    const values = numbers<[number, number][]>(inputs, 'updates').map(([kl, sampleCount]) => {
      controller = updateKlController(controller, { kl, sampleCount });
      return controller.coefficient;
    });
    return { values };
  },
};

export const klInReward: AlgorithmRunner = {
  inputs: ['token_level_scores', 'old_log_prob', 'ref_log_prob'],
  params: ['kl_ratio'],
  run: ({ inputs, params }) => ({
    rewards: klShapedRewards(
      {
        tokenRewards: numbers(inputs, 'token_level_scores'),
        oldLogProbs: numbers(inputs, 'old_log_prob'),
        referenceLogProbs: numbers(inputs, 'ref_log_prob'),
      },
      numberOf(params, 'kl_ratio', 0),
    ),
  }),
};

export const klFull: AlgorithmRunner = {
  inputs: ['logits', 'ref_logits'],
  params: [],
  run({ inputs }) {
    const logits = tensor<tf.Tensor3D>(inputs, 'logits');
    const reference = tensor<tf.Tensor3D>(inputs, 'ref_logits');
    const gradient = (direction: 'reverse' | 'forward') =>
      tf.grad((x: tf.Tensor) => tf.sum(klFromLogits(x, reference, { direction })))(logits);
    return {
      kl_reverse: klFromLogits(logits, reference),
      kl_forward: klFromLogits(logits, reference, { direction: 'forward' }),
      grad_reverse_sum: gradient('reverse'),
      grad_forward_sum: gradient('forward'),
    };
  },
};
