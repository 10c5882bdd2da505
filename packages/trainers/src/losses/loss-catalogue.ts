import { type LossDescription, RlloomError } from '@rlloom/spec';
import type { z } from 'zod';
import type { LossFunction, LossInputs, LossOutputs } from './loss-inputs.ts';
import { policyLoss, policyLossOptions } from './policy-loss.ts';
import { preferenceLoss, preferenceLossOptions } from './preference-loss.ts';
import { supervisedLoss, supervisedLossOptions } from './supervised-loss.ts';

/** Every loss by its name: a new one is a file and a line here. */
export const losses = {
  /** Clipped policy loss with optional KL and entropy terms. */
  policy: entry(policyLossOptions, policyLoss),
  /** DPO and its kin, over pairs of a chosen and a rejected sequence. */
  preference: entry(preferenceLossOptions, preferenceLoss),
  /** Negative log-likelihood of demonstrated tokens. */
  supervised: entry(supervisedLossOptions, supervisedLoss),
} as const;

/** The names `LossDescription.name` may have. */
export type LossName = keyof typeof losses;

/**
 * The function a description stands for, with its options validated.
 *
 * @throws RlloomError `config` for an unknown name or wrong options
 */
export function resolveLoss(description: LossDescription): LossFunction {
  if (!Object.hasOwn(losses, description.name)) {
    throw new RlloomError('config', {
      what: `there is no loss "${description.name}"`,
      fix: `choose one of ${Object.keys(losses).join(', ')}`,
    });
  }
  return losses[description.name as LossName](description.options);
}

function entry<Schema extends z.ZodType>(
  schema: Schema,
  loss: (inputs: LossInputs, options: z.infer<Schema>) => LossOutputs,
) {
  return (options: unknown): LossFunction => {
    const parsed = schema.safeParse(options);
    if (!parsed.success) {
      throw new RlloomError('config', {
        what: `wrong loss options: ${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`,
      });
    }
    return (inputs) => loss(inputs, parsed.data);
  };
}
