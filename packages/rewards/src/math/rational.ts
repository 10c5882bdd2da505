/** An exact number; the denominator is positive and both have no common factor. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Thrown when a calculation would need more digits or steps than an answer may cost. */
export class OverBudget extends Error {}

/** Thrown where arithmetic has no result. */
export class Undefined extends Error {}

/** Largest numerator or denominator a calculation may produce: 1000 digits. */
const largest = 10n ** 1000n;
const largestBits = 3322;

/** `numerator / denominator` in lowest terms. */
export function rational(numerator: bigint, denominator = 1n): Rational {
  if (denominator === 0n) throw new Undefined('division by zero');
  if (denominator === 1n) return { numerator, denominator };
  const divisor = greatestCommonDivisor(absolute(numerator), absolute(denominator));
  const scale = denominator < 0n ? -divisor : divisor;
  return { numerator: numerator / scale, denominator: denominator / scale };
}

/** `left + right` */
export function add(left: Rational, right: Rational): Rational {
  return bounded(
    left.numerator * right.denominator + right.numerator * left.denominator,
    left.denominator * right.denominator,
  );
}

/** `left - right` */
export function subtract(left: Rational, right: Rational): Rational {
  return add(left, negate(right));
}

/** `-value` */
export function negate(value: Rational): Rational {
  return { numerator: -value.numerator, denominator: value.denominator };
}

/** `left * right` */
export function multiply(left: Rational, right: Rational): Rational {
  return bounded(left.numerator * right.numerator, left.denominator * right.denominator);
}

/** `left / right`; throws `Undefined` for a zero divisor. */
export function divide(left: Rational, right: Rational): Rational {
  return bounded(left.numerator * right.denominator, left.denominator * right.numerator);
}

/** `base ** exponent` for a whole exponent; throws `OverBudget` before it would compute a huge number. */
export function power(base: Rational, exponent: Rational): Rational {
  if (exponent.denominator !== 1n) throw new Undefined('the exponent is not a whole number');
  const times = absolute(exponent.numerator);
  if (times === 0n && base.numerator === 0n) throw new Undefined('zero to the power of zero');
  const bits = BigInt(Math.max(bitLength(base.numerator), bitLength(base.denominator)));
  if (bits > 1n && bits * times > BigInt(largestBits)) throw new OverBudget('the power has too many digits');
  // 0, 1 and -1 stay small, but the exponent itself may be huge.
  const count = bits > 1n ? times : times === 0n ? 0n : 2n - (times % 2n);
  const raised = { numerator: base.numerator ** count, denominator: base.denominator ** count };
  return exponent.numerator < 0n ? rational(raised.denominator, raised.numerator) : raised;
}

/** Negative, zero or positive as `left` is less than, equal to or greater than `right`. */
export function compare(left: Rational, right: Rational): number {
  const difference = left.numerator * right.denominator - right.numerator * left.denominator;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Whether both are the same number. */
export function equals(left: Rational, right: Rational): boolean {
  return left.numerator === right.numerator && left.denominator === right.denominator;
}

/** For messages: `3/4`, `-12`, long ones shortened. */
export function formatRational({ numerator, denominator }: Rational): string {
  const shorten = (text: string): string => (text.length > 24 ? `${text.slice(0, 21)}…` : text);
  const top = shorten(String(numerator));
  return denominator === 1n ? top : `${top}/${shorten(String(denominator))}`;
}

function bounded(numerator: bigint, denominator: bigint): Rational {
  if (absolute(numerator) > largest || absolute(denominator) > largest) {
    throw new OverBudget('a number in it has more than 1000 digits');
  }
  return rational(numerator, denominator);
}

function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  let a = left;
  let b = right;
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function bitLength(value: bigint): number {
  return absolute(value).toString(2).length;
}
