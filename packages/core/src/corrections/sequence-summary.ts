/** How one number per sequence is spread. */
export interface SequenceSummary {
  readonly mean: number;
  /** Sample deviation, ÷(n−1); 0 for one sequence. */
  readonly std: number;
  readonly max: number;
  readonly min: number;
  /** Largest distance from the value of two equal policies: 1 for a ratio, 0 for a divergence. */
  readonly maxDeviation: number;
  /** Share of sequences above the upper bound. */
  readonly fractionAbove: number;
  /** Share of sequences below the lower bound. */
  readonly fractionBelow: number;
}

/** The summary of at least one value. */
export function summarizeSequences(
  values: readonly number[],
  { ideal, lower, upper }: { readonly ideal: number; readonly lower: number; readonly upper: number },
): SequenceSummary {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const share = (holds: (value: number) => boolean): number => values.filter(holds).length / count;
  return {
    mean,
    std: count > 1 ? Math.sqrt(squares / (count - 1)) : 0,
    max: values.reduce((a, b) => Math.max(a, b)),
    min: values.reduce((a, b) => Math.min(a, b)),
    maxDeviation: values.reduce((most, value) => Math.max(most, Math.abs(value - ideal)), 0),
    fractionAbove: share((value) => value > upper),
    fractionBelow: share((value) => value < lower),
  };
}

/** How sequences without a trained token are counted in a metric. */
export interface EmptySequenceOptions {
  /** `skipped`, or `counted` as sequences with a sum and mean of 0 (verl). Default `skipped`. */
  readonly emptySequences?: 'skipped' | 'counted';
}

/** The error of a metric over no token. */
export function noTokens(caller: string): RangeError {
  return new RangeError(`${caller}: no trained token, so there is nothing to measure; skip a batch that is all masked`);
}
