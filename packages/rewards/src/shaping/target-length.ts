import type { RewardFunction } from '@rlloom/spec';
import { unverifiable } from '../answers/results.ts';

/** Options of the `target_length` reward. */
export interface TargetLengthConfig {
  /** `exact` = the target is to be met; `max` = it is a budget. */
  readonly mode: 'exact' | 'max';
  /** What a token off the target costs. */
  readonly alpha: number;
  /** With `max`: the factor at the target. */
  readonly delta: number;
  /** Tokens, where the task has no field `target_length` (or L1's `num_tokens`). */
  readonly targetLength: number | null;
}

/** What `targetLengthReward` does when nothing is said. */
export const targetLengthDefaults: TargetLengthConfig = {
  mode: 'exact',
  alpha: 0.0003,
  delta: 0.5,
  targetLength: null,
};

/**
 * The `target_length` reward: L1's rewards for answers of a length that the prompt asks for, with c = 1 for a right
 * answer and 0 for a wrong one. `exact`: `c − alpha · |target − length|`. `max`: `c · clip(alpha · (target − length) +
 * delta, 0, 1)`. The verdict is that of `verifier`.
 *
 * arXiv:2503.04697, equations 2 and 3.
 */
export function targetLengthReward(options: Partial<TargetLengthConfig>, verifier: RewardFunction): RewardFunction {
  const { mode, alpha, delta, targetLength } = { ...targetLengthDefaults, ...options };
  return async (request, context) => {
    const written = request.task.extra?.['target_length'] ?? request.task.extra?.['num_tokens'] ?? targetLength;
    if (typeof written !== 'number' || !Number.isFinite(written) || written < 0) {
      return unverifiable('the task has no target_length, and the reward no targetLength');
    }
    const inner = await verifier(request, context);
    if (inner.verdict === 'unverifiable') return inner;
    const correct = Number(inner.verdict === 'correct');
    const off = written - request.responseTokenCount;
    const score =
      mode === 'exact' ? correct - alpha * Math.abs(off) : correct * Math.min(1, Math.max(0, alpha * off + delta));
    const reason = `${request.responseTokenCount} tokens, asked for ${mode === 'max' ? 'at most ' : ''}${written}`;
    return { ...inner, score, reasons: [...inner.reasons, reason] };
  };
}
