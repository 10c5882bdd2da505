import { mapRow, type TokenRows } from '../masking/token-rows.ts';
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
  // The choice reorders, so it works on a copy.
  const choice = { ...keptSquares(squares.slice(), threshold), place: 0 };
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
  const kept = mapRow(mask, (entry) => entry);
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

/** The largest square that is kept, and how many that equal it. */
interface KeptSquares {
  readonly largest: number;
  readonly equals: number;
}

// The mean of the smallest k grows with k, so the last k below the threshold is found as a quickselect finds a rank,
// in linear time: of the values around a pivot, either the smaller ones are already too many, or all of them stay.
function keptSquares(squares: Float64Array, threshold: number): KeptSquares {
  let [from, to, sum] = [0, squares.length, 0];
  let kept: KeptSquares = { largest: 0, equals: 0 };
  while (from < to) {
    const pivot = medianOfThree(squares, from, to);
    const { smaller, equal, smallerSum } = partition(squares, { from, to, pivot });
    if (smaller > 0 && sum + smallerSum >= threshold * (from + smaller)) {
      to = from + smaller;
      continue;
    }
    from += smaller;
    sum += smallerSum;
    // Solves (sum + e·pivot) < threshold · (from + e) for the most e.
    const fitting =
      pivot < threshold
        ? equal
        : Math.ceil((threshold * from - sum) / Math.max(pivot - threshold, Number.MIN_VALUE)) - 1;
    const equals = Math.min(Math.max(fitting, 0), equal);
    if (equals > 0 || from > 0) kept = { largest: pivot, equals };
    if (equals < equal) break;
    from += equal;
    sum += equal * pivot;
  }
  // Not one is small enough: the least stays.
  if (kept.largest === 0 && kept.equals === 0 && squares.length > 0) return { largest: least(squares), equals: 1 };
  return kept;
}

// Smaller values first, then those equal to the pivot, then greater ones.
function partition(
  values: Float64Array,
  { from, to, pivot }: { readonly from: number; readonly to: number; readonly pivot: number },
): { readonly smaller: number; readonly equal: number; readonly smallerSum: number } {
  let [below, at, above, smallerSum] = [from, from, to, 0];
  while (at < above) {
    const value = values[at] as number;
    if (value < pivot) {
      values[at] = values[below] as number;
      values[below] = value;
      smallerSum += value;
      below += 1;
      at += 1;
    } else if (value > pivot) {
      above -= 1;
      values[at] = values[above] as number;
      values[above] = value;
    } else {
      at += 1;
    }
  }
  return { smaller: below - from, equal: above - below, smallerSum };
}

function medianOfThree(values: Float64Array, from: number, to: number): number {
  const [a, b, c] = [values[from], values[(from + to) >> 1], values[to - 1]] as [number, number, number];
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

function least(values: Float64Array): number {
  return values.reduce((a, b) => Math.min(a, b));
}
