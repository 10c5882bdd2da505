import type { TokenRows } from '../masking/token-rows.ts';
import { countTokens, type LogRatioRow, mapLogRatios } from './log-ratios.ts';

/** Inputs of `secondMomentMask`, rows of the same lengths. */
export interface SecondMomentInputs {
  /** Under the policy before this update. */
  readonly proximalLogProbs: TokenRows;
  /** Under the policy that sampled. */
  readonly behaviorLogProbs: TokenRows;
  /** 1 on trained tokens. */
  readonly mask: TokenRows;
}

/**
 * M2PO's choice of tokens: drops those with the largest `(log π_behaviour − log π_proximal)²` until the mean of the
 * rest, the second moment of the log ratio, is below the threshold. Where even the smallest is not below it, that one
 * token stays (AReaL). Of equal tokens the first ones stay.
 *
 * arXiv:2510.01161, whose threshold is 0.04.
 *
 * @param threshold of the mean, in nats²
 * @returns `mask`, 0 on dropped tokens
 * @throws ShapeError when rows differ
 * @throws RangeError for a threshold that is not positive, or a log-prob that is not finite
 * @example
 * ```ts
 * const inputs = { proximalLogProbs: [[0, 0, 0]], behaviorLogProbs: [[0.1, -1, 0]], mask: [[1, 1, 1]] };
 * secondMomentMask(inputs, 0.04); // => [[1, 0, 1]]
 * ```
 */
export function secondMomentMask(inputs: SecondMomentInputs, threshold: number): Float64Array[] {
  const { proximalLogProbs, behaviorLogProbs, mask } = inputs;
  if (!(threshold > 0)) throw new RangeError(`secondMomentMask: threshold must be above 0, given ${threshold}`);
  const given = { trainerLogProbs: proximalLogProbs, rolloutLogProbs: behaviorLogProbs, mask };
  const squares = new Float64Array(mask.reduce((sum, row) => sum + countTokens(row), 0));
  let place = 0;
  mapLogRatios(given, { caller: 'secondMomentMask' }, (row) => {
    place = addSquares(squares, row, place);
  });
  const choice = { ...keptSquares(squares, threshold), place: 0 };
  return mask.map((row) => keepRow(row, squares, choice));
}

// Squares of the trained tokens of a row, from a place on; returns the place after them.
function addSquares(squares: Float64Array, { logRatios, mask }: LogRatioRow, place: number): number {
  let next = place;
  for (let token = 0; token < logRatios.length; token += 1) {
    if (mask[token] === 0) continue;
    squares[next] = (logRatios[token] as number) ** 2;
    next += 1;
  }
  return next;
}

// Takes the squares of the row's tokens off the choice: its place moves on, and so does the number of equals.
function keepRow(
  mask: ArrayLike<number>,
  squares: Float64Array,
  choice: { readonly largest: number; equals: number; place: number },
): Float64Array {
  let { place, equals } = choice;
  const { largest } = choice;
  const kept = new Float64Array(mask);
  for (let token = 0; token < kept.length; token += 1) {
    if (kept[token] === 0) continue;
    const square = squares[place] as number;
    place += 1;
    if (square < largest) continue;
    if (square === largest && equals > 0) equals -= 1;
    else kept[token] = 0;
  }
  choice.place = place;
  choice.equals = equals;
  return kept;
}

/** Squares below `largest` are kept, and this many of those that equal it. */
interface KeptSquares {
  readonly largest: number;
  readonly equals: number;
}

/** The smallest squares, of which all are kept. */
interface Accepted {
  readonly count: number;
  readonly sum: number;
}

// Bins of a histogram, and the most squares that are sorted rather than binned once more.
const binCount = 1024;

// The mean of the smallest k squares grows with k, so the last k below the threshold lies in one bin of a histogram:
// the bins before it are kept whole, and it is looked at alone. Sorting all would take several times as long.
function keptSquares(squares: Float64Array, threshold: number): KeptSquares {
  let accepted: Accepted = { count: 0, sum: 0 };
  let candidates = squares;
  while (candidates.length > binCount) {
    const bins = histogram(candidates);
    let bin = 0;
    while (bin < binCount) {
      const next: Accepted = {
        count: accepted.count + (bins.counts[bin] as number),
        sum: accepted.sum + (bins.sums[bin] as number),
      };
      if (next.count > 0 && !(next.sum < threshold * next.count)) break;
      accepted = next;
      bin += 1;
    }
    if (bin === binCount) return { largest: Number.POSITIVE_INFINITY, equals: 0 };
    const inside = inBin(candidates, bins, bin);
    // Equal squares share a bin: nothing is left to tell apart by bins.
    if (inside.length === candidates.length) break;
    candidates = inside;
  }
  return keptOfSorted(candidates.toSorted(), accepted, threshold);
}

function keptOfSorted(sorted: Float64Array, accepted: Accepted, threshold: number): KeptSquares {
  let { count, sum } = accepted;
  let place = 0;
  for (; place < sorted.length; place += 1) {
    const next = sum + (sorted[place] as number);
    if (!(next < threshold * (count + 1))) break;
    sum = next;
    count += 1;
  }
  // Not one is small enough: the least stays.
  if (count === 0) return { largest: sorted[0] ?? 0, equals: 1 };
  const largest = sorted[place] ?? Number.POSITIVE_INFINITY;
  return { largest, equals: place - sorted.indexOf(largest) };
}

interface Histogram {
  readonly least: number;
  /** Bins per unit. */
  readonly scale: number;
  readonly counts: Uint32Array;
  readonly sums: Float64Array;
}

function histogram(squares: Float64Array): Histogram {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let place = 0; place < squares.length; place += 1) {
    const square = squares[place] as number;
    if (square < least) least = square;
    if (square > most) most = square;
  }
  const bins = {
    least,
    scale: binCount / (most - least),
    counts: new Uint32Array(binCount),
    sums: new Float64Array(binCount),
  };
  for (let place = 0; place < squares.length; place += 1) {
    const square = squares[place] as number;
    const bin = binOf(square, bins);
    bins.counts[bin] = (bins.counts[bin] as number) + 1;
    bins.sums[bin] = (bins.sums[bin] as number) + square;
  }
  return bins;
}

function inBin(squares: Float64Array, bins: Histogram, bin: number): Float64Array {
  const inside = new Float64Array(bins.counts[bin] as number);
  let next = 0;
  for (let place = 0; place < squares.length; place += 1) {
    const square = squares[place] as number;
    if (binOf(square, bins) !== bin) continue;
    inside[next] = square;
    next += 1;
  }
  return inside;
}

function binOf(square: number, { least, scale }: Pick<Histogram, 'least' | 'scale'>): number {
  // An infinite scale times 0 is NaN, which `|` makes bin 0.
  return Math.min(((square - least) * scale) | 0, binCount - 1);
}
