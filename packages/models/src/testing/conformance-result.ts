/** What became of one comparison with a peer's numbers. */
export interface ConformanceResult {
  /** What was compared: `left_padded.token_logprobs`. */
  readonly name: string;
  /** `skipped`: what the folder needs is not built, or the peer's own numbers do not decide it. */
  readonly status: 'passed' | 'failed' | 'skipped';
  /** The largest error, on the scale of `tolerance`; for texts and tokens 0 or 1. */
  readonly maxError: number;
  /** What `maxError` may be. */
  readonly tolerance: number;
  /** Where the largest error is, or why nothing was compared. */
  readonly detail?: string;
}

/** Nested lists of numbers, as fixtures hold them. */
export type Numbers = number | readonly Numbers[];

/**
 * Compares numbers: the error of each is `|x − expected| / max(1, |expected|)`, or with `scale` the difference divided
 * by it.
 */
export function compareNumbers(
  name: string,
  actual: ArrayLike<number>,
  expected: { readonly values: ArrayLike<number>; readonly tolerance: number; readonly scale?: number },
): ConformanceResult {
  const { values, tolerance, scale } = expected;
  if (actual.length !== values.length) {
    return {
      name,
      status: 'failed',
      maxError: 1,
      tolerance,
      detail: `${actual.length} numbers, expected ${values.length}`,
    };
  }
  let maxError = 0;
  let detail: string | undefined;
  for (let i = 0; i < values.length; i++) {
    const want = values[i] as number;
    const error = Math.abs((actual[i] as number) - want) / (scale ?? Math.max(1, Math.abs(want)));
    // Not-a-number never passes a comparison, so the test is for being small.
    if (error <= maxError) continue;
    maxError = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
    detail = `[${i}] is ${actual[i]}, expected ${want}`;
  }
  return {
    name,
    status: maxError <= tolerance ? 'passed' : 'failed',
    maxError,
    tolerance,
    ...(detail === undefined ? {} : { detail }),
  };
}

/** Compares texts, token ids or other plain data for equality. */
export function compareExactly(name: string, actual: unknown, expected: unknown): ConformanceResult {
  const [got, want] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got === want) return { name, status: 'passed', maxError: 0, tolerance: 0 };
  return { name, status: 'failed', maxError: 1, tolerance: 0, detail: `${got}, expected ${want}` };
}

/** Something that was not compared, and why. */
export function skipped(name: string, detail: string): ConformanceResult {
  return { name, status: 'skipped', maxError: 0, tolerance: 0, detail };
}

/** All numbers of a nested list in order. */
export function flatten(values: Numbers): number[] {
  return typeof values === 'number' ? [values] : values.flatMap(flatten);
}
