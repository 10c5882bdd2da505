import { type LogRatioOptions, logRatioLimit, mapLogRatios, type MismatchInputs } from './log-ratios.ts';
import type { RejectionRule } from './rejection-rules.ts';
import { checkRules, clampRow, ruleBounds, statisticRow } from './rejection-statistics.ts';

/**
 * The mask of tokens that pass every rule: rejection of what the trainer and the rollout engine disagree on too much.
 * A rule holds a statistic of `x = log π_trainer − log π_rollout` (clamped) against its bounds, per token or for all
 * tokens of a segment or sequence at once:
 *
 * | statistic | per token | put together |
 * | --- | --- | --- |
 * | `k1` | `−x` | as it is |
 * | `k2` | `x² / 2` | as it is |
 * | `k3` | `e^x − 1 − x` | as it is |
 * | `ratio` | `e^x` | as logarithms: a sum is the product, a mean the geometric mean |
 * | `probability-difference` | `π_trainer − π_rollout` | as it is |
 *
 * verl has k1 to k3 (`parseRejectionRules` reads its names, where k1 bands are ratios of rollout over trainer); ROLL
 * filters by `ratio` [0.8, 1.2] and `probability-difference` ±0.2 on any scope; AReaL by `ratio`, k1 (with the
 * opposite sign), k2, k3. A rejected token is one thing, what the loss then divides by another: `applyRejection`.
 *
 * @returns `mask`, 0 where a token is rejected
 * @throws ShapeError when rows differ
 * @throws RangeError for an unknown rule, bounds the wrong way round, or a log-prob that is not finite
 * @example
 * ```ts
 * const inputs = { trainerLogProbs: [[0, 0]], rolloutLogProbs: [[0, -1]], mask: [[1, 1]] };
 * rejectionMask(inputs, [{ statistic: 'ratio', scope: 'token', upper: 2 }]); // => [[1, 0]]
 * ```
 */
export function rejectionMask(
  inputs: MismatchInputs,
  rules: readonly RejectionRule[],
  options: LogRatioOptions = {},
): Float64Array[] {
  checkRules('rejectionMask', rules);
  const limit = logRatioLimit('rejectionMask', options);
  return mapLogRatios(inputs, { ...options, caller: 'rejectionMask' }, (row) => {
    clampRow(row.logRatios, limit);
    const kept = new Float64Array(row.mask);
    for (const rule of rules) drop(kept, statisticRow(rule, row, inputs), ruleBounds(rule));
    return kept;
  });
}

function drop(
  kept: Float64Array,
  values: Float64Array,
  { lower, upper }: { readonly lower: number; readonly upper: number },
): void {
  for (let token = 0; token < kept.length; token += 1) {
    const value = values[token] as number;
    if (!(value >= lower && value <= upper)) kept[token] = 0;
  }
}
