import { type LossDescription, RlloomError } from '@rlloom/spec';
import type { z } from 'zod';
import type { LossFunction, LossInputs, LossOutputs } from './loss-inputs.ts';
import { policyLoss, policyLossOptions } from './policy-loss.ts';
import { preferenceLoss, preferenceLossOptions } from './preference-loss.ts';
import { supervisedLoss, supervisedLossOptions } from './supervised-loss.ts';

/** Every loss by its name: a new one is a file and a line here. */
export const losses = {
  /** Clipped policy loss with optional KL and entropy terms. */
  policy: entry(policyLossOptions, policyLoss, {
    changing: ['klCoefficient'],
    trainsEntropy: ({ entropyCoefficient }) => entropyCoefficient !== 0,
  }),
  /** DPO and its kin, over pairs of a chosen and a rejected sequence. */
  preference: entry(preferenceLossOptions, preferenceLoss),
  /** Negative log-likelihood of demonstrated tokens. */
  supervised: entry(supervisedLossOptions, supervisedLoss),
} as const;

/** The names `LossDescription.name` may have. */
export type LossName = keyof typeof losses;

/** The loss that a description stands for. */
export interface ResolvedLoss {
  /** The loss; it takes its coefficients from its inputs where they are there, else from the description. */
  readonly compute: LossFunction;
  /** The options that may change from step to step. */
  readonly coefficients: Readonly<Record<string, number>>;
  /** Equal for descriptions that differ in coefficients only: with these as inputs they are one function. */
  readonly key: string;
  /** Whether the loss has a gradient for the entropies. */
  readonly trainsEntropy: boolean;
}

/**
 * The function a description stands for, with its options validated; those that may change from step to step apart.
 *
 * @throws RlloomError `config` for an unknown name or wrong options
 */
export function resolveLoss(description: LossDescription): ResolvedLoss {
  if (!Object.hasOwn(losses, description.name)) {
    throw new RlloomError('config', {
      what: `there is no loss "${description.name}"`,
      fix: `choose one of ${Object.keys(losses).join(', ')}`,
    });
  }
  const { name, options } = description;
  const loss = losses[name as LossName](options);
  return { ...loss, key: `${name} ${loss.key}` };
}

function entry<Schema extends z.ZodType<object>>(
  schema: Schema,
  loss: (inputs: LossInputs, options: z.infer<Schema>) => LossOutputs,
  traits: {
    readonly changing?: readonly (keyof z.infer<Schema> & string)[];
    readonly trainsEntropy?: (options: z.infer<Schema>) => boolean;
  } = {},
) {
  const { changing = [], trainsEntropy = () => false } = traits;
  return (options: unknown): ResolvedLoss => {
    const parsed = schema.safeParse(options);
    if (!parsed.success) {
      throw new RlloomError('config', {
        what: `wrong loss options: ${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`,
      });
    }
    const all = Object.entries(parsed.data);
    const changes = ([name]: readonly [string, unknown]): boolean => (changing as readonly string[]).includes(name);
    return {
      compute: (inputs) => loss(inputs, { ...parsed.data, ...inputs.coefficients }),
      coefficients: Object.fromEntries(all.filter(changes)),
      key: JSON.stringify(all.filter((option) => !changes(option))),
      trainsEntropy: trainsEntropy(parsed.data),
    };
  };
}
