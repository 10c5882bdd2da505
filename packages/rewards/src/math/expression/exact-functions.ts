import {
  compare,
  divide,
  equals,
  multiply,
  negate,
  OverBudget,
  power,
  type Rational,
  rational,
  subtract,
} from '../rational.ts';

/** The value of a named function of rational numbers where it is rational and this knows it, else `undefined`. */
export function exactCall(name: string, values: readonly Rational[]): Rational | undefined {
  const [first, second] = values;
  if (first === undefined) return undefined;
  switch (name) {
    case 'gcd':
      return values.reduce(commonDivisor, rational(0n));
    case 'lcm':
      return values.reduce(commonMultiple);
    case 'Max':
      return values.reduce((best, value) => (compare(value, best) > 0 ? value : best));
    case 'Min':
      return values.reduce((best, value) => (compare(value, best) < 0 ? value : best));
    case 'floor':
      return floorOf(first);
    case 'ceiling':
      return negate(floorOf(negate(first)));
    case 'sign':
      return rational(first.numerator > 0n ? 1n : first.numerator < 0n ? -1n : 0n);
    case 're':
    case 'conjugate':
      return first;
    case 'im':
      return rational(0n);
    case 'Mod':
      return second && modulo(first, second);
    case 'binomial':
      return second && binomial(first, second);
    case 'log':
      return second === undefined ? naturalLogarithm(first) : logarithm(first, second);
    default:
      return undefined;
  }
}

/** The largest whole number not above. */
export function floorOf({ numerator, denominator }: Rational): Rational {
  const quotient = numerator / denominator;
  return rational(numerator < 0n && quotient * denominator !== numerator ? quotient - 1n : quotient);
}

/** The sign is that of the divisor. */
function modulo(value: Rational, divisor: Rational): Rational {
  return subtract(value, multiply(divisor, floorOf(divide(value, divisor))));
}

/** Of fractions: the largest number of which both are multiples. */
function commonDivisor(left: Rational, right: Rational): Rational {
  let a = magnitude(left.numerator * right.denominator);
  let b = magnitude(right.numerator * left.denominator);
  while (b !== 0n) [a, b] = [b, a % b];
  return rational(a, left.denominator * right.denominator);
}

function commonMultiple(left: Rational, right: Rational): Rational {
  if (left.numerator === 0n || right.numerator === 0n) return rational(0n);
  const product = multiply(left, right);
  return divide(product.numerator < 0n ? negate(product) : product, commonDivisor(left, right));
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** Most factors of a binomial coefficient. */
const maximumFactors = 1000n;

function binomial(top: Rational, bottom: Rational): Rational | undefined {
  if (top.denominator !== 1n || bottom.denominator !== 1n || top.numerator < 0n) return undefined;
  const [n, k] = [top.numerator, bottom.numerator];
  if (k < 0n || k > n) return rational(0n);
  const count = k < n - k ? k : n - k;
  if (count > maximumFactors) throw new OverBudget('a binomial coefficient has too many digits');
  let result = 1n;
  for (let index = 1n; index <= count; index++) result = (result * (n - count + index)) / index;
  return multiply(rational(result), rational(1n));
}

function naturalLogarithm(value: Rational): Rational | undefined {
  return equals(value, rational(1n)) ? rational(0n) : undefined;
}

// Found in floating point, then checked.
function logarithm(value: Rational, base: Rational): Rational | undefined {
  if (value.numerator <= 0n || base.numerator <= 0n || equals(base, rational(1n))) return undefined;
  const ratio = naturalApproximation(value) / naturalApproximation(base);
  const exponent = Math.round(ratio);
  if (Math.abs(exponent) > 2000 || Math.abs(ratio - exponent) > 1e-6) return undefined;
  const whole = rational(BigInt(exponent));
  return equals(power(base, whole), value) ? whole : undefined;
}

function naturalApproximation({ numerator, denominator }: Rational): number {
  return logarithmOf(numerator) - logarithmOf(denominator);
}

function logarithmOf(value: bigint): number {
  const text = value.toString();
  return Math.log(Number(`0.${text.slice(0, 17)}`)) + text.length * Math.LN10;
}
