/**
 * Checks numbers that options or arguments give.
 *
 * @throws RangeError naming the first that is NaN or not between `low` and `high`, both included
 */
export function checkWithin(
  caller: string,
  named: Readonly<Record<string, number>>,
  [low, high]: readonly [low: number, high: number],
): void {
  for (const [name, value] of Object.entries(named)) {
    if (value >= low && value <= high) continue;
    const bounds = high === Number.MAX_VALUE ? `a finite number from ${low}` : `between ${low} and ${high}`;
    throw new RangeError(`${caller}: ${name} must be ${bounds}, given ${value}`);
  }
}

/**
 * Checks that numbers are finite.
 *
 * @throws RangeError naming the first that is not
 */
export function checkFinite(caller: string, named: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(named)) {
    if (!Number.isFinite(value)) throw new RangeError(`${caller}: ${name} must be finite, given ${value}`);
  }
}
