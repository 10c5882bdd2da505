import type { Expression } from '../expression/expression.ts';
import * as fixed from './fixed-point.ts';

/**
 * A real constant to about 75 digits after the point, in units of 2^-320; `undefined` for what holds variables, is not real,
 * or goes beyond arithmetic, roots, powers, logarithms and trigonometric functions. `budget` bounds the number of nodes.
 */
export function manyDigits(expression: Expression, budget = { nodes: 400 }): bigint | undefined {
  if (--budget.nodes < 0) return undefined;
  const read = (one: Expression): bigint | undefined => manyDigits(one, budget);
  switch (expression.kind) {
    case 'number':
      return fixed.fraction(expression.value.numerator, expression.value.denominator);
    case 'constant':
      if (expression.name === 'pi') return fixed.pi();
      return expression.name === 'e' ? fixed.exponential(fixed.one) : undefined;
    case 'add':
      return expression.terms.reduce<bigint | undefined>(
        (sum, term) => apply2((a, b) => a + b, sum, sum === undefined ? sum : read(term)),
        0n,
      );
    case 'multiply':
      return expression.factors.reduce<bigint | undefined>(
        (product, factor) => apply2(fixed.times, product, product === undefined ? product : read(factor)),
        fixed.one,
      );
    case 'negate':
      return apply((value) => -value, read(expression.operand));
    case 'absolute':
      return apply(fixed.magnitude, read(expression.operand));
    case 'divide':
      return apply2(fixed.over, read(expression.numerator), read(expression.denominator));
    case 'root':
      return rootOf(read(expression.radicand), expression.degree, read);
    case 'power':
      return powerOf(expression.base, expression.exponent, read);
    case 'call':
      return callOf(expression.name, expression.arguments.map(read));
    default:
      return undefined;
  }
}

type Read = (expression: Expression) => bigint | undefined;

function rootOf(radicand: bigint | undefined, degree: Expression, read: Read): bigint | undefined {
  const places = wholeNumber(read(degree));
  // An odd root of a negative number is real for some and complex for others.
  return places === undefined || radicand === undefined || radicand < 0n ? undefined : fixed.root(radicand, places);
}

function powerOf(base: Expression, exponent: Expression, read: Read): bigint | undefined {
  const raised = read(exponent);
  if (raised === undefined) return undefined;
  if (base.kind === 'constant' && base.name === 'e') return fixed.exponential(raised);
  const value = read(base);
  if (value === undefined) return undefined;
  const whole = wholeNumber(raised);
  if (whole !== undefined && Math.abs(whole) <= 512) {
    const positive = wholePower(value, Math.abs(whole));
    return whole < 0 ? apply2(fixed.over, fixed.one, positive) : positive;
  }
  return apply(fixed.exponential, apply2(fixed.times, raised, fixed.logarithm(value)));
}

function wholePower(base: bigint, exponent: number): bigint | undefined {
  let result: bigint | undefined = fixed.one;
  let square: bigint | undefined = base;
  for (let rest = exponent; rest > 0; rest >>= 1) {
    if (rest & 1) result = apply2(fixed.times, result, square);
    if (rest > 1) square = apply2(fixed.times, square, square);
  }
  return result;
}

const functions: Readonly<Record<string, (value: bigint) => bigint | undefined>> = {
  sin: fixed.sine,
  cos: fixed.cosine,
  tan: (value) => apply2(fixed.over, fixed.sine(value), fixed.cosine(value)),
  cot: (value) => apply2(fixed.over, fixed.cosine(value), fixed.sine(value)),
  sec: (value) => apply2(fixed.over, fixed.one, fixed.cosine(value)),
  csc: (value) => apply2(fixed.over, fixed.one, fixed.sine(value)),
  asin: fixed.inverseSine,
  acos: (value) => apply((angle) => (fixed.pi() >> 1n) - angle, fixed.inverseSine(value)),
  atan: fixed.inverseTangent,
  exp: fixed.exponential,
  log: fixed.logarithm,
  sqrt: (value) => fixed.root(value, 2),
};

function callOf(name: string, values: readonly (bigint | undefined)[]): bigint | undefined {
  const [value, base] = values;
  if (value === undefined) return undefined;
  if (name === 'log' && values.length === 2 && base !== undefined) {
    return apply2(fixed.over, fixed.logarithm(value), fixed.logarithm(base));
  }
  if (values.length !== 1 || !Object.hasOwn(functions, name)) return undefined;
  return functions[name]!(value);
}

function wholeNumber(value: bigint | undefined): number | undefined {
  if (value === undefined || value % fixed.one !== 0n) return undefined;
  return Number(value / fixed.one);
}

function apply(operation: (value: bigint) => bigint | undefined, value: bigint | undefined): bigint | undefined {
  return value === undefined ? undefined : operation(value);
}

function apply2(
  operation: (left: bigint, right: bigint) => bigint | undefined,
  left: bigint | undefined,
  right: bigint | undefined,
): bigint | undefined {
  return left === undefined || right === undefined ? undefined : operation(left, right);
}

/** Whether two numbers of `manyDigits` agree but for their last digits. */
export function agree(left: bigint, right: bigint): boolean {
  const scale = fixed.magnitude(left) > fixed.one ? fixed.magnitude(left) : fixed.one;
  return fixed.magnitude(left - right) < scale >> 200n;
}
