import type { ModelWeights } from '@rlloom/models';
import { type ParameterTree, type tf, valueAndGradients } from '@rlloom/tensor';
import type { LossFunction, LossInputs } from '../losses/loss-inputs.ts';
import type { BatchTensors } from './batch-tensors.ts';
import { forwardTrained } from './forward-trained.ts';

/** How the pass of a policy computes; the same for every batch. */
export interface PassOptions {
  readonly temperature: number;
  readonly gradientCheckpointing: boolean;
  readonly trainsOutput: boolean;
}

/** The gradient of a loss over one micro-batch, what the loss measured, and the log-probs `[B,R]`. */
export function trainPass(
  trained: { readonly parameters: ParameterTree; readonly complete: (trained: ParameterTree) => ModelWeights },
  batch: BatchTensors,
  options: PassOptions & { readonly loss: LossFunction; readonly trainsEntropy: boolean } & Pick<
      LossInputs,
      'counts' | 'coefficients'
    >,
): { gradients: Record<string, tf.Tensor>; logProbs: tf.Tensor2D; metrics: Record<string, tf.Tensor> } {
  const { loss: compute, counts, coefficients } = options;
  const { value, aux, gradients } = valueAndGradients((parameters) => {
    const output = forwardTrained(trained.complete(parameters), batch, options);
    const { loss, metrics } = compute({
      ...output,
      ...batch.fields,
      mask: batch.mask,
      counts,
      ...(coefficients && { coefficients }),
    });
    return { value: loss, aux: { ...metrics, logProbs: output.logProbs } };
  }, trained.parameters);
  const { logProbs, ...metrics } = aux as Record<string, tf.Tensor> & { logProbs: tf.Tensor2D };
  return { gradients, logProbs, metrics: { ...metrics, loss: value } };
}
