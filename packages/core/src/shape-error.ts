/**
 * An argument of the wrong shape: a rank, a length, or two arrays that do not fit. A programming error of the
 * caller; its message names the function and what was given.
 *
 * Values out of range (a negative horizon, an unknown estimator) are a `RangeError` instead.
 */
export class ShapeError extends Error {
  /** The function that was called. */
  readonly caller: string;
  /** Shapes as they were given, by argument name. */
  readonly given: Readonly<Record<string, readonly number[]>>;

  constructor(caller: string, expected: string, given: Readonly<Record<string, readonly number[]>>) {
    const shapes = Object.entries(given).map(([name, shape]) => `${name} [${shape.join(',')}]`);
    super(`${caller}: expected ${expected}, given ${shapes.join(', ')}`);
    this.name = 'ShapeError';
    this.caller = caller;
    this.given = given;
  }
}
