import { ShapeError } from '../shape-error.ts';
import { checkFinite, checkWithin } from './check-within.ts';

/** Options of `difficultyWeights`. */
export interface DifficultyWeightOptions {
  /** Weight at difficulty 0. Default 0.5 (ROLL). */
  readonly easiest?: number;
  /** Weight at difficulty 1. Default 2 (ROLL). */
  readonly hardest?: number;
}

/**
 * A weight for each sample, on a straight line from `easiest` at difficulty 0 to `hardest` at 1. Difficulties outside
 * are moved to the nearer end.
 *
 * ROLL's `difficulty_loss_weight`.
 *
 * @param difficulties one per sample, such as 1 less the pass rate of its prompt
 * @throws RangeError for a difficulty that is NaN, or a weight that is negative or not finite
 * @example
 * ```ts
 * difficultyWeights([0, 0.5, 1, 3]); // => [0.5, 1.25, 2, 2]
 * ```
 */
export function difficultyWeights(difficulties: ArrayLike<number>, options: DifficultyWeightOptions = {}): number[] {
  const caller = 'difficultyWeights';
  const { easiest = 0.5, hardest = 2 } = options;
  checkWithin(caller, { easiest, hardest }, [0, Number.MAX_VALUE]);
  return Array.from(difficulties, (difficulty) => {
    checkWithin(caller, { difficulty }, [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
    return easiest + (hardest - easiest) * Math.min(Math.max(difficulty, 0), 1);
  });
}

/** Options of `lengthWeights`. */
export interface LengthWeightOptions {
  /** Weight of the shortest response. Default 1.5 (ROLL). */
  readonly shortest?: number;
  /** Weight of the longest response. Default 0.5 (ROLL). */
  readonly longest?: number;
}

/**
 * A weight for each sample, on a straight line from the shortest response of the batch to the longest. Responses of one
 * length all count as shortest.
 *
 * ROLL's `length_loss_weight`.
 *
 * @param lengths tokens of each response
 * @throws RangeError for a length or weight that is negative or not finite
 * @example
 * ```ts
 * lengthWeights([100, 200, 300]); // => [1.5, 1, 0.5]
 * ```
 */
export function lengthWeights(lengths: ArrayLike<number>, options: LengthWeightOptions = {}): number[] {
  const caller = 'lengthWeights';
  const { shortest = 1.5, longest = 0.5 } = options;
  checkWithin(caller, { shortest, longest }, [0, Number.MAX_VALUE]);
  let [low, high] = [Number.POSITIVE_INFINITY, 0];
  for (const length of Array.from(lengths)) {
    checkWithin(caller, { length }, [0, Number.MAX_VALUE]);
    low = Math.min(low, length);
    high = Math.max(high, length);
  }
  const range = high > low ? high - low : 1;
  return Array.from(lengths, (length) => shortest + ((longest - shortest) * (length - low)) / range);
}

/**
 * Weights of several kinds multiplied and scaled to a mean of 1, so that they move loss between samples and not its
 * size: `w_i = B · Π_k w_ki / Σ_j Π_k w_kj`. Multiply advantages or sequence losses by them.
 *
 * ROLL's sample weights.
 *
 * @param factors each one weight per sample
 * @throws ShapeError when lengths differ
 * @throws RangeError without any factors, for a weight that is negative or not finite, or when all products are 0
 * @example
 * ```ts
 * combineWeights([[1, 3]]); // => [0.5, 1.5]
 * combineWeights([[1, 3], [3, 1]]); // => [1, 1]
 * ```
 */
export function combineWeights(factors: readonly ArrayLike<number>[]): number[] {
  const caller = 'combineWeights';
  const [first] = factors;
  if (first === undefined) throw new RangeError(`${caller}: at least one list of weights is needed`);
  if (factors.some(({ length }) => length !== first.length)) {
    const shapes = factors.map(({ length }, index) => [`weights ${index}`, [length]] as const);
    throw new ShapeError(caller, 'a weight per sample in every list', Object.fromEntries(shapes));
  }
  const products = Array.from(first, (_, sample) =>
    factors.reduce((product, weights) => {
      const weight = weights[sample] as number;
      checkWithin(caller, { weight }, [0, Number.MAX_VALUE]);
      return product * weight;
    }, 1),
  );
  const mean = products.reduce((sum, product) => sum + product, 0) / products.length;
  if (products.length > 0) {
    checkFinite(caller, { 'the mean of the products': mean });
    if (mean === 0) throw new RangeError(`${caller}: every sample has weight 0`);
  }
  return products.map((product) => product / mean);
}
