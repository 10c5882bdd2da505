import { type Metrics, type Policy, RlloomError, type TrainingBatch, type TrainingSequence } from '@rlloom/spec';
import type { z } from 'zod';
import { withLogProbs } from './experience.ts';
import type { preferenceLossOptions } from './losses/preference-loss.ts';
import type { ReferencePolicy } from './reference.ts';

/** Two completions of one prompt, of which people or a judge prefer the first; `lossMask` is 1 on the completion. */
export interface PreferencePair {
  readonly chosen: TrainingSequence;
  readonly rejected: TrainingSequence;
}

/** What one preference step works on. */
export interface PreferenceStep {
  readonly policy: Policy;
  /** Not needed where every sequence has its `referenceLogProbs`: a reference that stays can be computed once. */
  readonly reference: ReferencePolicy | undefined;
  readonly pairs: readonly PreferencePair[];
  /** Which loss, and its options. */
  readonly loss: z.input<typeof preferenceLossOptions>;
  readonly learningRate: number;
}

/** The pairs as a batch: chosen and rejected side by side, never parted. */
export function preferenceBatch(pairs: readonly PreferencePair[]): TrainingBatch {
  return { sequences: pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]), groupSize: 2 };
}

/**
 * One optimizer step of DPO (arXiv:2305.18290) or another loss of pairs: the mean over all pairs.
 *
 * @returns `preference/loss`, the implicit rewards of both sides, how often the chosen has the higher one, log-probs per
 * completion, and what the optimizer says
 * @throws RlloomError `config` when there is neither a reference nor its log-probs
 */
export async function preferenceStep(step: PreferenceStep): Promise<Metrics> {
  const { policy, reference, loss, learningRate } = step;
  let batch = preferenceBatch(step.pairs);
  if (batch.sequences.some((sequence) => sequence.referenceLogProbs === undefined)) {
    if (reference === undefined) {
      throw new RlloomError('config', {
        what: 'a preference is learnt against a reference, and there is none',
        fix: 'give a reference policy, or referenceLogProbs to every sequence',
      });
    }
    batch = withLogProbs(batch, 'referenceLogProbs', await reference.logProbs(batch));
  }
  const pass = await policy.forwardBackward(batch, { name: 'preference', options: loss });
  const update = await policy.optimizerStep({ learningRate });
  const named = Object.entries({ ...pass.metrics, ...update }).map(([name, value]) => [`preference/${name}`, value]);
  return { ...(Object.fromEntries(named) as Metrics), 'preference/pairs': step.pairs.length };
}
