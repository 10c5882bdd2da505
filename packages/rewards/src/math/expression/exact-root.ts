import { type Rational, rational } from '../rational.ts';

/** Highest degree that is looked for: no number within the budget of digits has a higher root but 0, 1 and -1. */
const maximumDegree = 4000n;

/**
 * The root of a rational number where it is rational itself, else `undefined`. Of a negative number the real one, for
 * odd degrees.
 */
export function exactRoot({ numerator, denominator }: Rational, degree: bigint): Rational | undefined {
  if (degree <= 0n) return undefined;
  const isOdd = degree % 2n === 1n;
  if (numerator < 0n && !isOdd) return undefined;
  const top = wholeRoot(numerator < 0n ? -numerator : numerator, degree);
  const bottom = wholeRoot(denominator, degree);
  if (top === undefined || bottom === undefined) return undefined;
  return rational(numerator < 0n ? -top : top, bottom);
}

/** Newton's iteration from above. */
function wholeRoot(value: bigint, degree: bigint): bigint | undefined {
  if (value < 2n) return value;
  if (degree > maximumDegree) return undefined;
  let root = 1n << (BigInt(value.toString(2).length) / degree + 1n);
  for (;;) {
    const next = ((degree - 1n) * root + value / root ** (degree - 1n)) / degree;
    if (next >= root) break;
    root = next;
  }
  return root ** degree === value ? root : undefined;
}
