import {
  type ImportanceWeightOptions,
  importanceWeights,
  meanWeight,
  type RatioRow,
  ratioRow,
  type WeightSettings,
  weightSettings,
} from './importance-weights.ts';
import { isSequenceLevel } from './levels.ts';
import { countTokens, mapLogRatios, type MismatchInputs } from './log-ratios.ts';
import { type EmptySequenceOptions, noTokens, type SequenceSummary, summarizeSequences } from './sequence-summary.ts';

/** What `importanceWeightMetrics` measures, over trained tokens. */
export interface ImportanceWeightMetrics {
  /** Mean ratio, before bounds. */
  readonly mean: number;
  /** Largest ratio, before bounds. */
  readonly max: number;
  /** Least ratio, before bounds. */
  readonly min: number;
  /** Deviation (÷n) of the ratios held within the bounds, or of the weights where those outside are zeroed. */
  readonly std: number;
  /** `mean(w)² / mean(w²)` of the same: 1 for equal weights, 1/n where one of n has all; 0 where all are 0. */
  readonly effectiveSampleSize: number;
  /** Share of tokens (at sequence and geometric level: of sequences) whose judged ratio is above `upper`. */
  readonly fractionAbove: number;
  /** Share below `lower`; without a `lower`, below `1 / upper`. */
  readonly fractionBelow: number;
  /** Of each sequence's mean ratio, before bounds. */
  readonly sequences: SequenceSummary;
  /** What `normalize` divided by; 1 without it. */
  readonly normalizer: number;
}

/**
 * How far the trainer is from the engine that sampled, by the ratios behind `importanceWeights` of the same options.
 *
 * verl's `rollout_is_*` metrics, which count sequences without trained tokens as well (`emptySequences: 'counted'`).
 *
 * @throws ShapeError when rows differ
 * @throws RangeError where no token is trained, and as `importanceWeights`
 * @example
 * ```ts
 * const inputs = { trainerLogProbs: [[0, 0]], rolloutLogProbs: [[0, -1]], mask: [[1, 1]] };
 * importanceWeightMetrics(inputs).fractionAbove; // => 0.5
 * ```
 */
export function importanceWeightMetrics(
  inputs: MismatchInputs,
  options: ImportanceWeightOptions & EmptySequenceOptions = {},
): ImportanceWeightMetrics {
  const settings = weightSettings('importanceWeightMetrics', options);
  const judge = { ...settings, ...metricBounds(settings), zeroedBelow: settings.lower };
  const totals = emptyTotals();
  const sequenceMeans: number[] = [];
  mapLogRatios(inputs, { ...options, caller: 'importanceWeightMetrics' }, (row) => {
    const tokens = countTokens(row.mask);
    if (tokens === 0 && options.emptySequences !== 'counted') return;
    sequenceMeans.push(addRatios(totals, { ...ratioRow(row, settings), mask: row.mask }, judge) / Math.max(tokens, 1));
    totals.tokens += tokens;
  });
  if (totals.tokens === 0) throw noTokens('importanceWeightMetrics');
  const { normalize = 'none' } = options;
  const raw = { ...options, normalize: 'none' } as const;
  const mean = normalize === 'none' ? 1 : meanWeight(importanceWeights(inputs, raw), inputs.mask, normalize);
  return {
    ...finish(totals),
    sequences: summarizeSequences(sequenceMeans, { ideal: 1, lower: judge.lower, upper: judge.upper }),
    normalizer: mean > 1e-8 ? mean : 1,
  };
}

// Without a lower bound the metrics mirror the upper one, as a ratio that shrinks as much is as far off.
function metricBounds({ lower, upper }: WeightSettings): { readonly lower: number; readonly upper: number } {
  return { lower: lower > 0 ? lower : 1 / upper, upper };
}

// With the bounds of the metrics, and the lower bound of the weights.
interface MetricSettings extends WeightSettings {
  readonly zeroedBelow: number;
}

interface Totals {
  tokens: number;
  sum: number;
  heldSum: number;
  heldSquares: number;
  max: number;
  min: number;
  judged: number;
  above: number;
  below: number;
}

function emptyTotals(): Totals {
  const [max, min] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return { tokens: 0, sum: 0, heldSum: 0, heldSquares: 0, max, min, judged: 0, above: 0, below: 0 };
}

// Adds a row, and returns the sum of its ratios.
function addRatios(
  totals: Totals,
  row: RatioRow & { readonly mask: ArrayLike<number> },
  settings: MetricSettings,
): number {
  const { level, judgedBy, lower, upper } = settings;
  const sum = addRange(totals, row);
  addHeld(totals, row, settings);
  // A value per sequence counts once, also that of a sequence without tokens.
  if (isSequenceLevel(level)) {
    totals.max = Math.max(totals.max, row.ratios[0] ?? 1);
    totals.min = Math.min(totals.min, row.ratios[0] ?? 1);
  }
  if (isSequenceLevel(judgedBy)) {
    totals.judged += 1;
    totals.above += (row.judged[0] ?? 1) > upper ? 1 : 0;
    totals.below += (row.judged[0] ?? 1) < lower ? 1 : 0;
  } else {
    addOutside(totals, row, settings);
  }
  return sum;
}

// Three short loops: one that does it all keeps too many sums at once, and takes longer.
function addRange(
  totals: Totals,
  { ratios, mask }: { readonly ratios: Float64Array; readonly mask: ArrayLike<number> },
) {
  let sum = 0;
  let { max, min } = totals;
  for (let token = 0; token < ratios.length; token += 1) {
    if (mask[token] === 0) continue;
    const ratio = ratios[token] as number;
    sum += ratio;
    if (ratio > max) max = ratio;
    if (ratio < min) min = ratio;
  }
  totals.sum += sum;
  totals.max = max;
  totals.min = min;
  return sum;
}

function addOutside(
  totals: Totals,
  { judged, mask }: { readonly judged: Float64Array; readonly mask: ArrayLike<number> },
  { lower, upper }: MetricSettings,
): void {
  let count = 0;
  let above = 0;
  let below = 0;
  for (let token = 0; token < judged.length; token += 1) {
    if (mask[token] === 0) continue;
    const ratio = judged[token] as number;
    count += 1;
    if (ratio > upper) above += 1;
    if (ratio < lower) below += 1;
  }
  totals.judged += count;
  totals.above += above;
  totals.below += below;
}

function addHeld(
  totals: Totals,
  { ratios, judged, mask }: RatioRow & { readonly mask: ArrayLike<number> },
  { lower, upper, outside, zeroedBelow }: MetricSettings,
): void {
  let sum = 0;
  let squares = 0;
  const zeroes = outside === 'zero';
  for (let token = 0; token < ratios.length; token += 1) {
    if (mask[token] === 0) continue;
    let held = ratios[token] as number;
    if (zeroes) {
      const ratio = judged[token] as number;
      if (ratio < zeroedBelow || ratio > upper) held = 0;
    } else {
      // The upper bound last: one below 1 has its mirror, the lower one, above it.
      if (held < lower) held = lower;
      if (held > upper) held = upper;
    }
    sum += held;
    squares += held * held;
  }
  totals.heldSum += sum;
  totals.heldSquares += squares;
}

function finish(totals: Totals): Omit<ImportanceWeightMetrics, 'sequences' | 'normalizer'> {
  const { tokens, judged } = totals;
  const heldMean = totals.heldSum / tokens;
  const heldSquare = totals.heldSquares / tokens;
  return {
    mean: totals.sum / tokens,
    max: totals.max,
    min: totals.min,
    std: tokens > 1 ? Math.sqrt(Math.max(heldSquare - heldMean * heldMean, 0)) : 0,
    effectiveSampleSize: heldSquare > 0 ? (heldMean * heldMean) / heldSquare : 0,
    fractionAbove: totals.above / judged,
    fractionBelow: totals.below / judged,
  };
}
