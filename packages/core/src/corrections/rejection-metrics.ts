import { countTokens, type LogRatioOptions, logRatioLimit, mapLogRatios, type MismatchInputs } from './log-ratios.ts';
import type { RejectionRule } from './rejection-rules.ts';
import { checkRules, clampRow, isOverSequence, ruleBounds, statisticRow } from './rejection-statistics.ts';
import { type EmptySequenceOptions, noTokens, type SequenceSummary, summarizeSequences } from './sequence-summary.ts';

/** What one rule sees and rejects. */
export interface RejectionRuleMetrics {
  readonly rule: RejectionRule;
  /** Mean over trained tokens. */
  readonly mean: number;
  readonly max: number;
  readonly min: number;
  /** Deviation (÷n) over trained tokens, of values held within the bounds (from 0 without a lower one). */
  readonly std: number;
  /** Share of tokens (over sequences: of sequences) above the upper bound. */
  readonly fractionAbove: number;
  readonly fractionBelow: number;
  /** Of each sequence's value, its mean over tokens where the rule goes by token. */
  readonly sequences: SequenceSummary;
  /** Share of trained tokens that the rule rejects. */
  readonly rejectedTokens: number;
  /** Share of sequences with trained tokens in which the rule rejects one. */
  readonly rejectedSequences: number;
}

/** What all rules together reject. */
export interface RejectionMetrics {
  readonly rules: readonly RejectionRuleMetrics[];
  /** Share of trained tokens that a rule rejects. */
  readonly rejectedTokens: number;
  /** Share of sequences in which a token is rejected; `emptySequences` says which sequences it is a share of. */
  readonly rejectedSequences: number;
}

/**
 * The statistics behind `rejectionMask` and what they reject.
 *
 * verl's `rollout_rs_*` metrics; it divides the sequences with a rejected token by all sequences, empty ones included
 * (`emptySequences: 'counted'`).
 *
 * @throws RangeError where no token is trained, and as `rejectionMask`
 * @example
 * ```ts
 * const inputs = { trainerLogProbs: [[0, 0]], rolloutLogProbs: [[0, -1]], mask: [[1, 1]] };
 * rejectionMetrics(inputs, [{ statistic: 'ratio', scope: 'token', upper: 2 }]).rejectedTokens; // => 0.5
 * ```
 */
export function rejectionMetrics(
  inputs: MismatchInputs,
  rules: readonly RejectionRule[],
  options: LogRatioOptions & EmptySequenceOptions = {},
): RejectionMetrics {
  checkRules('rejectionMetrics', rules);
  const limit = logRatioLimit('rejectionMetrics', options);
  const sums = rules.map((rule) => emptySums(rule));
  const all = { tokens: 0, rejected: 0, sequences: 0, rejectedSequences: 0 };
  mapLogRatios(inputs, { ...options, caller: 'rejectionMetrics' }, (row) => {
    const count = countTokens(row.mask);
    if (count === 0) return;
    clampRow(row.logRatios, limit);
    const kept = new Uint8Array(row.mask.length);
    for (let token = 0; token < kept.length; token += 1) kept[token] = row.mask[token] === 0 ? 0 : 1;
    for (const ruleSums of sums) addRow(ruleSums, statisticRow(ruleSums.rule, row, inputs), { mask: row.mask, kept });
    const rejected = count - countTokens(kept);
    all.tokens += count;
    all.rejected += rejected;
    all.sequences += 1;
    if (rejected > 0) all.rejectedSequences += 1;
  });
  if (all.tokens === 0) throw noTokens('rejectionMetrics');
  const sequenceCount = options.emptySequences === 'counted' ? inputs.mask.length : all.sequences;
  return {
    rules: sums.map(finish),
    rejectedTokens: all.rejected / all.tokens,
    rejectedSequences: all.rejectedSequences / sequenceCount,
  };
}

interface RuleSums {
  readonly rule: RejectionRule;
  readonly perSequence: number[];
  tokens: number;
  sum: number;
  heldSum: number;
  heldSquares: number;
  max: number;
  min: number;
  above: number;
  below: number;
  rejectedSequences: number;
}

function emptySums(rule: RejectionRule): RuleSums {
  const range = { max: Number.NEGATIVE_INFINITY, min: Number.POSITIVE_INFINITY };
  const counts = { tokens: 0, above: 0, below: 0, rejectedSequences: 0 };
  return { rule, perSequence: [], sum: 0, heldSum: 0, heldSquares: 0, ...range, ...counts };
}

// Adds a row, and takes what the rule rejects out of `kept`.
function addRow(
  sums: RuleSums,
  values: Float64Array,
  { mask, kept }: { readonly mask: ArrayLike<number>; readonly kept: Uint8Array },
): void {
  const { lower, upper } = ruleBounds(sums.rule);
  // Without a lower bound the deviation is that of a divergence, which is at least 0.
  const floor = sums.rule.lower ?? Math.min(0, upper);
  let tokens = 0;
  let sum = 0;
  let rejected = 0;
  let above = 0;
  let { max, min } = sums;
  for (let token = 0; token < values.length; token += 1) {
    if (mask[token] === 0) continue;
    const value = values[token] as number;
    tokens += 1;
    sum += value;
    if (value > max) max = value;
    if (value < min) min = value;
    if (value >= lower && value <= upper) continue;
    rejected += 1;
    kept[token] = 0;
    if (value > upper) above += 1;
  }
  sums.perSequence.push(isOverSequence(sums.rule) ? (values[0] as number) : sum / tokens);
  if (rejected > 0) sums.rejectedSequences += 1;
  sums.tokens += tokens;
  sums.sum += sum;
  sums.above += above;
  sums.below += rejected - above;
  sums.max = max;
  sums.min = min;
  addHeld(sums, { values, mask }, floor);
}

// A loop of its own: one with every sum at once takes longer than two.
function addHeld(
  sums: RuleSums,
  { values, mask }: { readonly values: Float64Array; readonly mask: ArrayLike<number> },
  floor: number,
): void {
  const { upper } = ruleBounds(sums.rule);
  let sum = 0;
  let squares = 0;
  for (let token = 0; token < values.length; token += 1) {
    if (mask[token] === 0) continue;
    const value = values[token] as number;
    const held = value < floor ? floor : value > upper ? upper : value;
    sum += held;
    squares += held * held;
  }
  sums.heldSum += sum;
  sums.heldSquares += squares;
}

function finish(sums: RuleSums): RejectionRuleMetrics {
  const { rule, tokens, above, below } = sums;
  const ideal = rule.statistic === 'ratio' ? 1 : 0;
  const sequences = summarizeSequences(sums.perSequence, { ideal, ...ruleBounds(rule) });
  const variance = sums.heldSquares / tokens - (sums.heldSum / tokens) ** 2;
  return {
    rule,
    mean: sums.sum / tokens,
    max: sums.max,
    min: sums.min,
    std: tokens > 1 ? Math.sqrt(Math.max(variance, 0)) : 0,
    fractionAbove: isOverSequence(rule) ? sequences.fractionAbove : above / tokens,
    fractionBelow: isOverSequence(rule) ? sequences.fractionBelow : below / tokens,
    sequences,
    rejectedTokens: (above + below) / tokens,
    rejectedSequences: sums.rejectedSequences / sums.perSequence.length,
  };
}
