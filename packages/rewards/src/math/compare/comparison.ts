import type { MathVerifierOptions } from '../verifier-options.ts';

/** Whether two expressions are the same; `unknown` when it could not be found out within the budget. */
export type Equality = 'equal' | 'different' | 'unknown';

/**
 * What decided: `text` = the same spelling, `exact` = exact numbers, `decimal` = numbers after rounding, `structure` = parts
 * of tuples, sets, intervals, matrices, relations, `numeric` = constants to many digits, `symbolic` = values at sample
 * points.
 */
export type ComparisonTier = 'text' | 'exact' | 'decimal' | 'structure' | 'numeric' | 'symbolic';

/** One comparison in progress: its options, what it may still cost, and what decided so far. */
export interface Comparing {
  options: MathVerifierOptions;
  /** Comparisons of scalars that may still be done. */
  budget: number;
  /** Comparisons inside of each other. */
  depth: number;
  tier: ComparisonTier;
  /** Whether parts were compared with parts. */
  hasParts: boolean;
  /** Why it could not be found out. */
  problem: string | undefined;
}

/** A new comparison. */
export function startComparing(options: MathVerifierOptions): Comparing {
  return { options, budget: 600, depth: 0, tier: 'text', hasParts: false, problem: undefined };
}

/** `equal` as `equal` or `different`. */
export function asEquality(isEqual: boolean): Equality {
  return isEqual ? 'equal' : 'different';
}

/** All parts must be equal; one that differs decides, one that is unknown leaves it open. */
export function every<T>(items: readonly T[], compare: (item: T, index: number) => Equality): Equality {
  let result: Equality = 'equal';
  for (const [index, item] of items.entries()) {
    const one = compare(item, index);
    if (one === 'different') return 'different';
    if (one === 'unknown') result = 'unknown';
  }
  return result;
}

/** One equal reading is enough. */
export function some<T>(items: readonly T[], compare: (item: T) => Equality): Equality {
  let result: Equality = 'different';
  for (const item of items) {
    const one = compare(item);
    if (one === 'equal') return 'equal';
    if (one === 'unknown') result = 'unknown';
  }
  return result;
}
