/**
 * Real numbers as big integers in units of 2^-320, for constants that double precision cannot tell apart. Functions give
 * `undefined` outside of their domain and beyond their budget; the last 64 bits or so may be wrong.
 */
const fractionBits = 320n;
/** The number 1. */
export const one = 1n << fractionBits;
const largestMagnitude = one << 4000n;

/** `left · right` */
export function times(left: bigint, right: bigint): bigint | undefined {
  return bounded((left * right) >> fractionBits);
}

/** `left / right`; nothing when the divisor is so small that it may be zero. */
export function over(left: bigint, right: bigint): bigint | undefined {
  return magnitude(right) < one >> 160n ? undefined : bounded((left << fractionBits) / right);
}

/** A fraction of integers. */
export function fraction(numerator: bigint, denominator: bigint): bigint | undefined {
  return bounded((numerator << fractionBits) / denominator);
}

/** The root of a degree up to 64; of a negative number for odd degrees, the real one. */
export function root(value: bigint, degree: number): bigint | undefined {
  if (degree < 1 || degree > 64) return undefined;
  if (value < 0n) {
    const positive = degree % 2 === 0 ? undefined : root(-value, degree);
    return positive === undefined ? undefined : -positive;
  }
  if (value === 0n) return 0n;
  const n = BigInt(degree);
  const scaled = value << (fractionBits * (n - 1n));
  let guess = 1n << (BigInt(scaled.toString(2).length) / n + 1n);
  for (;;) {
    const next = ((n - 1n) * guess + scaled / guess ** (n - 1n)) / n;
    if (next >= guess) return guess;
    guess = next;
  }
}

/** `e ** value` */
export function exponential(value: bigint): bigint | undefined {
  if (magnitude(value) > one * 2000n) return undefined;
  const count = value / ln2();
  let rest = value - count * ln2();
  rest >>= 10n;
  let term = one;
  let sum = one;
  for (let n = 1n; term !== 0n && n < 200n; n++) {
    term = (term * rest) / (n << fractionBits);
    sum += term;
  }
  for (let round = 0; round < 10; round++) sum = (sum * sum) >> fractionBits;
  return bounded(count < 0n ? sum >> -count : sum << count);
}

/** The natural logarithm. */
export function logarithm(value: bigint): bigint | undefined {
  if (value <= 0n) return undefined;
  const shift = BigInt(value.toString(2).length) - fractionBits;
  const mantissa = shift < 0n ? value << -shift : value >> shift;
  return 2n * inverseTangentSeries(((mantissa - one) << fractionBits) / (mantissa + one), 1n) + shift * ln2();
}

/** The sine. */
export function sine(value: bigint): bigint | undefined {
  if (magnitude(value) > one << 64n) return undefined;
  const rest = value % (2n * pi());
  return series(rest, rest, 1n);
}

/** The cosine. */
export function cosine(value: bigint): bigint | undefined {
  if (magnitude(value) > one << 64n) return undefined;
  return series(value % (2n * pi()), one, 0n);
}

/** The inverse tangent. */
export function inverseTangent(value: bigint): bigint | undefined {
  let halved = value;
  for (let round = 0; round < 4; round++) {
    const square = times(halved, halved);
    const below = square === undefined ? undefined : root(one + square, 2);
    const next = below === undefined ? undefined : over(halved, one + below);
    if (next === undefined) return undefined;
    halved = next;
  }
  return inverseTangentSeries(halved, -1n) << 4n;
}

/** The inverse sine. */
export function inverseSine(value: bigint): bigint | undefined {
  if (magnitude(value) > one) return undefined;
  if (magnitude(value) === one) return (value < 0n ? -pi() : pi()) >> 1n;
  const square = times(value, value);
  const rest = square === undefined ? undefined : root(one - square, 2);
  const tangent = rest === undefined ? undefined : over(value, rest);
  return tangent === undefined ? undefined : inverseTangent(tangent);
}

let cachedPi: bigint | undefined;
/** π */
export function pi(): bigint {
  cachedPi ??= 16n * inverseTangentSeries(one / 5n, -1n) - 4n * inverseTangentSeries(one / 239n, -1n);
  return cachedPi;
}

let cachedLn2: bigint | undefined;
function ln2(): bigint {
  cachedLn2 ??= 2n * inverseTangentSeries(one / 3n, 1n);
  return cachedLn2;
}

// z + sign z³/3 + z⁵/5 + ...: the inverse tangent for sign -1, the inverse hyperbolic tangent for +1.
function inverseTangentSeries(z: bigint, sign: 1n | -1n): bigint {
  const square = (z * z) >> fractionBits;
  let power = z;
  let sum = z;
  for (let n = 3n; power !== 0n && n < 2000n; n += 2n) {
    power = (sign * power * square) >> fractionBits;
    if (power === -1n) break;
    sum += power / n;
  }
  return sum;
}

// first - x²·first/((n+1)(n+2)) + ...
function series(x: bigint, first: bigint, start: bigint): bigint {
  const square = (x * x) >> fractionBits;
  let term = first;
  let sum = first;
  for (let n = start; term !== 0n && n < 400n; n += 2n) {
    term = -(term * square) / (((n + 1n) * (n + 2n)) << fractionBits);
    sum += term;
  }
  return sum;
}

/** The absolute value. */
export function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function bounded(value: bigint): bigint | undefined {
  return magnitude(value) > largestMagnitude ? undefined : value;
}
