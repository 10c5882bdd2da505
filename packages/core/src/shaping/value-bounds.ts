/** Bounds of values: `c` is from −c to c. */
export type ValueBounds = number | { readonly max: number; readonly min: number };

/**
 * A function that moves values into the bounds.
 *
 * @throws RangeError when a bound is NaN, or the lower one is above the upper
 */
export function clipper(caller: string, bounds: ValueBounds): (value: number) => number {
  const { min, max } = typeof bounds === 'number' ? { min: 0 - bounds, max: bounds } : bounds;
  if (!(min <= max)) throw new RangeError(`${caller}: bounds from ${min} to ${max} hold nothing`);
  return (value) => (value < min ? min : value > max ? max : value);
}
