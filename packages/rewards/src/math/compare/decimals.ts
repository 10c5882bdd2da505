import type { Rational } from '../rational.ts';

/** Whether two numbers are the same after both are rounded to a number of places. */
export function isWithinDecimals(left: Rational, right: Rational, places: number): boolean {
  const scale = 10n ** BigInt(places);
  const [a, b] = [roundedTo(left, scale), roundedTo(right, scale)];
  if (a !== b) return false;
  if (a !== 0n) return true;
  // A zero is never what a number was rounded to: 0.000000 is not 10^-20, but 0.00000012 may be 0.000000123.
  return isWithinTolerance([left, right], 10 ** -places);
}

function roundedTo({ numerator, denominator }: Rational, scale: bigint): bigint {
  const doubled = 2n * numerator * scale + denominator;
  const divisor = 2n * denominator;
  const quotient = doubled / divisor;
  return doubled < 0n && quotient * divisor !== doubled ? quotient - 1n : quotient;
}

/**
 * Whether an answer lies within a relative tolerance of the reference, or the more precise of two decimal numbers rounds to the
 * other (with two significant digits or more).
 */
export function isWithinTolerance(
  [gold, answer]: readonly [gold: Rational, answer: Rational],
  tolerance: number,
  [goldDecimals, answerDecimals]: readonly [gold?: number | undefined, answer?: number | undefined] = [],
): boolean {
  if (gold.numerator === 0n || answer.numerator === 0n) return gold.numerator === answer.numerator;
  const difference = gold.numerator * answer.denominator - answer.numerator * gold.denominator;
  const bound = absolute(gold.numerator * answer.denominator) * BigInt(Math.round(tolerance * 1e18));
  if (absolute(difference) * 10n ** 18n <= bound) return true;
  if (goldDecimals === undefined || answerDecimals === undefined) return false;
  const fewer = Math.min(goldDecimals, answerDecimals);
  const isPrecise = absolute(gold.numerator) * 10n ** BigInt(fewer) >= 10n * gold.denominator;
  return isPrecise && roundedTo(gold, 10n ** BigInt(fewer)) === roundedTo(answer, 10n ** BigInt(fewer));
}

/** The nearest double. */
export function toNumber({ numerator, denominator }: Rational): number {
  const direct = Number(numerator) / Number(denominator);
  if (Number.isFinite(direct) && direct !== 0) return direct;
  if (numerator === 0n) return 0;
  const shift = BigInt(absolute(numerator).toString(2).length - denominator.toString(2).length);
  const scaled =
    shift > 0n
      ? Number((numerator << 64n) / (denominator << shift)) / 2 ** 64
      : Number((numerator << (64n - shift)) / denominator) / 2 ** 64;
  return scaled * 2 ** Number(shift);
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}
