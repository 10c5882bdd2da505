import type { RewardFunction } from '@rlloom/spec';
import { lastBoxed } from '../answers/find-answer.ts';
import { geo3kFormat } from '../format/tag-layouts.ts';

/** Options of the `geo3k` reward; names and defaults of verl's `geo3k.compute_score`. */
export interface Geo3kConfig {
  /** Share of the score that the format has. */
  readonly formatScore: number;
}

/** What `geo3kReward` does when nothing is said. */
export const geo3kDefaults: Geo3kConfig = { formatScore: 0.1 };

/**
 * The `geo3k` reward of verl: `(1 − formatScore) · answer + formatScore · format`, where the format is
 * `<think>…</think>` and then a `\boxed{…}`. The verdict is that of the answer. verl compares with `mathruler`; here
 * `verifier` does, given the box alone.
 *
 * verl `verl/utils/reward_score/geo3k.py`.
 */
export function geo3kReward(options: Partial<Geo3kConfig>, verifier: RewardFunction): RewardFunction {
  const { formatScore } = { ...geo3kDefaults, ...options };
  return async (request, context) => {
    // The verifier sees the box alone, or nothing.
    const box = lastBoxed(request.responseText);
    const responseText = box === undefined ? '' : String.raw`\boxed{${box}}`;
    const answer = await verifier({ ...request, responseText }, context);
    const format = geo3kFormat(request.responseText);
    const parts = { answer: answer.score, format };
    const reasons = [...answer.reasons, `format: ${format === 1 ? 'yes' : 'no'}`];
    if (answer.score === null) return { verdict: 'unverifiable', score: null, parts, reasons };
    const score = (1 - formatScore) * answer.score + formatScore * format;
    return { verdict: answer.verdict, score, parts, reasons };
  };
}
