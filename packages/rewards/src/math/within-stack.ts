/**
 * What some work on an expression gives; `undefined` when it is nested deeper than the stack allows. Depth is bounded where
 * expressions are read, but not how much of the stack the caller has used.
 */
export function withinStack<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
