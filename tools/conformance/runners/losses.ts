import {
  aggregateLoss,
  clippedValueLoss,
  entropyFromLogits,
  logProbsFromLogits,
  smoothedCrossEntropy,
  squaredProbabilitySum,
  supervisedLoss,
} from '@rlloom/core';
import { tf } from '@rlloom/tensor';
import { type AlgorithmRunner, NotCovered } from '../algorithm-runner.ts';
import { nameOf, numberOf, numbers, tensor, valueAndGradient } from './case-inputs.ts';
import { verlAggregation, verlAggregationParams } from './verl-aggregation.ts';

export const aggLoss: AlgorithmRunner = {
  inputs: ['loss_mat', 'loss_mask'],
  params: verlAggregationParams,
  run({ inputs, ...given }) {
    const mask = tensor(inputs, 'loss_mask');
    const options = verlAggregation(given, numbers(inputs, 'loss_mask'));
    const { value, gradient } = valueAndGradient(
      (loss) => aggregateLoss(loss, mask, options),
      tensor(inputs, 'loss_mat'),
    );
    return { loss: value, grad: gradient };
  },
};

export const valueLoss: AlgorithmRunner = {
  inputs: ['vpreds', 'values', 'returns', 'response_mask'],
  params: ['cliprange_value', 'loss_agg_mode'],
  run({ inputs, params, expectsError }) {
    const given = {
      oldValues: tensor(inputs, 'values'),
      returns: tensor(inputs, 'returns'),
      mask: tensor(inputs, 'response_mask'),
    };
    const options = {
      clipRange: numberOf(params, 'cliprange_value', 0.5),
      aggregation: verlAggregation({ params, expectsError }, numbers(inputs, 'response_mask')),
    };
    const values = tensor(inputs, 'vpreds');
    const { value, gradient } = valueAndGradient(
      (x) => clippedValueLoss({ ...given, values: x }, options).loss,
      values,
    );
    const { metrics } = clippedValueLoss({ ...given, values }, options);
    return { vf_loss: value, grad_vpreds: gradient, vf_clipfrac: metrics.clipFraction };
  },
};

export const entropyLogProbs: AlgorithmRunner = {
  inputs: ['logits', 'labels', 'response_mask'],
  params: ['loss_agg_mode', 'temperature'],
  run({ inputs, params, expectsError }) {
    const logits = tensor<tf.Tensor3D>(inputs, 'logits');
    const labels = tf.tensor(numbers(inputs, 'labels'), undefined, 'int32');
    const mask = tensor(inputs, 'response_mask');
    const temperature = numberOf(params, 'temperature', 1);
    const aggregation = verlAggregation({ params, expectsError }, numbers(inputs, 'response_mask'));
    const entropyLoss = (x: tf.Tensor) =>
      aggregateLoss(entropyFromLogits(x, { temperature }) as tf.Tensor2D, mask, aggregation);
    return {
      entropy: entropyFromLogits(logits, { temperature }),
      entropy_loss: entropyLoss(logits),
      grad_entropy_loss: tf.grad(entropyLoss)(logits),
      logprobs: logProbsFromLogits(logits, labels, { temperature }),
      grad_logprobs_sum: tf.grad((x: tf.Tensor) => tf.sum(logProbsFromLogits(x, labels, { temperature })))(logits),
      sum_pi_squared: squaredProbabilitySum(logits, { temperature }),
    };
  },
};

export const sftLoss: AlgorithmRunner = {
  inputs: ['logits', 'labels'],
  params: ['kind', 'epsilon'],
  run({ inputs, params }) {
    const kind = nameOf(params, 'kind');
    if (!['nll', 'dft', 'label_smoothing'].includes(kind)) throw new NotCovered(`not built: kind ${kind}`);
    // Logits at t predict the label at t + 1; -100 marks labels that do not train.
    const labels = tf.tensor2d(
      numbers(inputs, 'labels').map((row) => row.slice(1)),
      undefined,
      'int32',
    );
    const mask = tf.cast<tf.Tensor2D>(tf.notEqual(labels, -100), 'float32');
    const targets = tf.maximum(labels, 0);
    const loss = (logits: tf.Tensor): tf.Scalar => {
      const [rows, width, vocabulary] = logits.shape as [number, number, number];
      const shifted = tf.slice(logits, [0, 0, 0], [rows, width - 1, vocabulary]);
      if (kind === 'label_smoothing') {
        const smoothed = smoothedCrossEntropy(shifted, targets, numberOf(params, 'epsilon', 0.1)) as tf.Tensor2D;
        return aggregateLoss(smoothed, mask, { mode: 'token-mean' });
      }
      return supervisedLoss(logProbsFromLogits(shifted, targets) as tf.Tensor2D, mask, { kind: kind as 'nll' | 'dft' });
    };
    const logits = tensor<tf.Tensor3D>(inputs, 'logits');
    return { loss: loss(logits), grad_logits: tf.grad(loss)(logits) };
  },
};
