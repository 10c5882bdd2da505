import {
  type DpoLossName,
  type MixedDpoTerm,
  mixedDpoLoss,
  type PairInputs,
  type PairMetrics,
  pairLogProbs,
  sequenceLogProbs,
} from '@rlloom/core';
import { tf } from '@rlloom/tensor';
import { type AlgorithmRunner, type CaseArguments, NotCovered, type Outputs } from '../algorithm-runner.ts';
import { nameOf, numberOf, numbers, tensor, valueAndGradient } from './case-inputs.ts';

const losses: readonly string[] = [
  'aot',
  'aot_unpaired',
  'apo_down',
  'apo_zero',
  'bco_pair',
  'discopop',
  'exo_pair',
  'hinge',
  'ipo',
  'nca_pair',
  'robust',
  'sft',
  'sigmoid',
  'sigmoid_norm',
  'sppo_hard',
] satisfies DpoLossName[];
// TRL gives every loss the same settings; the others ignore these.
const smoothed = ['aot', 'aot_unpaired', 'exo_pair', 'robust'];
const scored = ['discopop', 'exo_pair', 'hinge', 'ipo', 'robust', 'sigmoid', 'sigmoid_norm'];

export const dpo: AlgorithmRunner = {
  inputs: ['per_token_logps', 'completion_mask', 'ref_chosen_logps', 'ref_rejected_logps'],
  params: ['loss_type', 'beta', 'label_smoothing', 'f_divergence_type', 'f_alpha', 'ld_alpha', 'loss_weights'],
  run(given) {
    const { inputs, params } = given;
    const terms = termsOf(given);
    const reference = {
      referenceChosenLogProbs: tensor<tf.Tensor1D>(inputs, 'ref_chosen_logps'),
      referenceRejectedLogProbs: tensor<tf.Tensor1D>(inputs, 'ref_rejected_logps'),
    };
    const mask = numbers(inputs, 'completion_mask').map((row) => row.slice(1));
    const desensitization = params['ld_alpha'] == null ? undefined : numberOf(params, 'ld_alpha', 1);
    const pairs = (logProbs: tf.Tensor2D) => ({
      ...(desensitization === undefined
        ? summed(logProbs, mask)
        : {
            ...desensitized(logProbs, mask, { desensitization, reference }),
            chosenLikelihood: chosenLikelihood(logProbs, mask),
          }),
      ...reference,
    });
    const logProbs = tensor(inputs, 'per_token_logps');
    const { value, gradient } = valueAndGradient((x) => mixedDpoLoss(pairs(x), { terms }).loss, logProbs);
    return {
      loss: value,
      grad_per_token_logps: gradient,
      metrics: metricsOf(mixedDpoLoss(pairs(logProbs), { terms }).metrics),
    };
  },
};

function termsOf({ params, expectsError }: CaseArguments): MixedDpoTerm[] {
  const given = params['loss_type'] ?? 'sigmoid';
  const names = Array.isArray(given) ? given : [given];
  const weights = params['loss_weights'] == null ? names.map(() => 1) : numbers<number[]>(params, 'loss_weights');
  const divergence = nameOf(params, 'f_divergence_type', 'reverse_kl');
  const labelSmoothing = numberOf(params, 'label_smoothing', 0);
  return names.map((name, place) => {
    // A name that TRL rejects goes to our function as it is, which must reject it too.
    const loss = typeof name === 'string' ? name : JSON.stringify(name);
    if (!losses.includes(loss) && !expectsError) throw new NotCovered(`not built: loss_type ${loss}`);
    return {
      loss,
      beta: numberOf(params, 'beta', 0.1),
      weight: weights[place],
      ...(smoothed.includes(loss) && { labelSmoothing }),
      ...(scored.includes(loss) && { divergence, divergenceAlpha: numberOf(params, 'f_alpha', 0.5) }),
    } as MixedDpoTerm;
  });
}

// TRL sums whole rows, since its model gives 0 outside completions; the gradient there is that of the sum.
function summed(logProbs: tf.Tensor2D, mask: readonly number[][]): Omit<PairInputs, `reference${string}`> {
  const [chosen, rejected] = halves(tf.sum<tf.Tensor1D>(logProbs, 1));
  const weights = tf.tensor2d(mask as number[][]);
  const [chosenLengths, rejectedLengths] = halves(tf.sum<tf.Tensor1D>(weights, 1));
  return {
    chosenLogProbs: chosen,
    rejectedLogProbs: rejected,
    chosenLengths,
    rejectedLengths,
    chosenLikelihood: chosenLikelihood(logProbs, mask),
  };
}

function chosenLikelihood(logProbs: tf.Tensor2D, mask: readonly number[][]): tf.Tensor1D {
  return halves(sequenceLogProbs(logProbs, tf.tensor2d(mask as number[][])))[0];
}

function desensitized(
  logProbs: tf.Tensor2D,
  mask: readonly number[][],
  given: {
    readonly desensitization: number;
    readonly reference: Pick<PairInputs, 'referenceChosenLogProbs' | 'referenceRejectedLogProbs'>;
  },
): PairInputs {
  const [chosen, rejected] = halves(withPadding(logProbs, mask));
  const [chosenMask, rejectedMask] = halves(tf.tensor2d(mask as number[][]));
  return pairLogProbs(
    { chosenLogProbs: chosen, rejectedLogProbs: rejected, chosenMask, rejectedMask, ...given.reference },
    { lengthDesensitization: given.desensitization },
  );
}

// TRL counts places between and after the tokens of a completion, which hold 0, with the token before: their gradient
// is that of the token.
function withPadding(logProbs: tf.Tensor2D, mask: readonly number[][]): tf.Tensor2D {
  const toToken = mask.map((row) => {
    return row.map((_, from) => {
      const token = row.lastIndexOf(1, from);
      return row.map((_, to) => (to === (token === -1 ? from : token) ? 1 : 0));
    });
  });
  return tf.squeeze(tf.matMul(tf.expandDims(logProbs, 1), tf.tensor3d(toToken)), [1]);
}

function halves<Kind extends tf.Tensor>(rows: Kind): [Kind, Kind] {
  return tf.split(rows, 2) as [Kind, Kind];
}

function metricsOf(metrics: PairMetrics): Outputs {
  return {
    'rewards/chosen': metrics.chosenReward,
    'rewards/rejected': metrics.rejectedReward,
    'rewards/accuracies': metrics.rewardAccuracy,
    'rewards/margins': metrics.rewardMargin,
    'logps/chosen': metrics.chosenLogProb,
    'logps/rejected': metrics.rejectedLogProb,
  };
}
