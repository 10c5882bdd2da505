import { supervisedLoss as coreSupervisedLoss } from '@rlloom/core';
import { tf } from '@rlloom/tensor';
import { z } from 'zod';
import type { LossInputs, LossOutputs } from './loss-inputs.ts';

/** Options of the supervised loss. */
export const supervisedLossOptions = z.strictObject({
  kind: z.enum(['nll', 'dft']).default('nll'),
});

/** Options of `supervisedLoss`, as validated. */
export type SupervisedLossOptions = z.infer<typeof supervisedLossOptions>;

/** Negative log-likelihood per trained token of the whole batch (or DFT, arXiv:2508.05629). */
export function supervisedLoss(inputs: LossInputs, options: SupervisedLossOptions): LossOutputs {
  const loss = coreSupervisedLoss(inputs.logProbs, inputs.mask, {
    kind: options.kind,
    tokenCount: inputs.counts.tokenCount,
  });
  return {
    loss,
    metrics: { entropy: tf.div(tf.sum(tf.mul(inputs.entropies, inputs.mask)), inputs.counts.tokenCount) },
  };
}
