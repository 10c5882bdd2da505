import { Complex } from 'complex.js';
import type { Rational } from '../rational.ts';
import { binomial, complexFunctions, factorial, unknownFunction } from './complex-functions.ts';
import { determinant } from './determinant.ts';
import { commonDivisorOf } from './divisors.ts';
import { evaluateBound } from './evaluate-bound.ts';
import { hasSymbol } from './free-symbols.ts';
import type { ConstantName, Expression } from './expression.ts';

const nan = new Complex(Number.NaN, Number.NaN);
const zero = new Complex(0, 0);

/**
 * The value of an expression in floating point, with these values for its variables; not a number (`isNaN()`) where it
 * has none: relations, sets, variables without a value, division by zero. Powers, roots and inverse functions have
 * their principal values; the odd root of a negative number without variables is the real one. An angle in degrees
 * counts as radians in trigonometric functions, other units not at all. A function without a definition has some fixed
 * value that depends on its arguments.
 *
 * @example
 * ```ts
 * const parsed = parseExpression('\\sqrt{-4} + \\cos 0');
 * 'expression' in parsed && evaluateNumeric(parsed.expression, new Map()).toString(); // => '1 + 2i'
 * ```
 */
export function evaluateNumeric(expression: Expression, assignment: ReadonlyMap<string, Complex>): Complex {
  return evaluate(expression, { assignment, radians: false });
}

interface Environment {
  readonly assignment: ReadonlyMap<string, Complex>;
  /** Whether degrees are turned into radians here. */
  readonly radians: boolean;
}

function evaluate(expression: Expression, environment: Environment): Complex {
  switch (expression.kind) {
    case 'number':
      return new Complex(toNumber(expression.value), 0);
    case 'constant':
      return constants[expression.name] ?? nan;
    case 'symbol':
      return environment.assignment.get(expression.name) ?? nan;
    case 'add': {
      let sum = zero;
      for (const term of expression.terms) sum = sum.add(evaluate(term, environment));
      return sum;
    }
    case 'multiply': {
      let product = evaluate(expression.factors[0]!, environment);
      for (let index = 1; index < expression.factors.length; index++) {
        product = product.mul(evaluate(expression.factors[index]!, environment));
      }
      return product;
    }
    case 'negate':
      return evaluate(expression.operand, environment).neg();
    case 'divide': {
      const divisor = evaluate(expression.denominator, environment);
      const dividend = evaluate(expression.numerator, environment);
      return divisor.isZero() ? nan : dividend.div(divisor);
    }
    case 'power':
      return raise(evaluate(expression.base, environment), evaluate(expression.exponent, environment));
    case 'root':
      return root(expression, environment);
    case 'factorial':
      return factorial(evaluate(expression.operand, environment));
    case 'absolute':
      if (expression.operand.kind === 'matrix') return evaluateDeterminant(expression.operand.rows, environment);
      return new Complex(evaluate(expression.operand, environment).abs(), 0);
    case 'percent':
      return evaluate(expression.operand, environment).div(100);
    case 'quantity': {
      const value = evaluate(expression.value, environment);
      return environment.radians && expression.unit === 'degree' ? value.mul(Math.PI / 180) : value;
    }
    case 'call':
      return call(expression, environment);
    case 'bound':
      return evaluateBound(expression, environment.assignment, evaluateNumeric);
    default:
      return nan;
  }
}

const constants: Partial<Record<ConstantName, Complex>> = {
  pi: new Complex(Math.PI, 0),
  e: new Complex(Math.E, 0),
  i: new Complex(0, 1),
  infinity: new Complex(Number.POSITIVE_INFINITY, 0),
};

/** The nearest floating-point number; infinite beyond their range. */
function toNumber({ numerator, denominator }: Rational): number {
  if (denominator === 1n) return Number(numerator);
  const [top, bottom] = [Number(numerator), Number(denominator)];
  if (Number.isFinite(top) && Number.isFinite(bottom)) return top / bottom;
  // Both are huge: drop the same number of digits.
  const digits = BigInt(Math.max(numerator.toString().length, denominator.toString().length) - 300);
  return Number(numerator / 10n ** digits) / Number(denominator / 10n ** digits);
}

/** A real number on the upper side of a branch cut: products of negative numbers may have the imaginary part -0. */
function onCut(value: Complex): Complex {
  return value.im === 0 ? new Complex(value.re, 0) : value;
}

function raise(base: Complex, exponent: Complex): Complex {
  if (base.isZero()) return exponent.re > 0 ? zero : nan;
  if (exponent.im === 0 && Number.isInteger(exponent.re) && Math.abs(exponent.re) <= 64) {
    return wholePower(base, exponent.re);
  }
  return onCut(base).pow(exponent);
}

/** By squaring: more exact than by logarithms. */
function wholePower(base: Complex, exponent: number): Complex {
  let result = new Complex(1, 0);
  let square = base;
  for (let rest = Math.abs(exponent); rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = result.mul(square);
    if (rest > 1) square = square.mul(square);
  }
  return exponent < 0 ? result.inverse() : result;
}

function root(expression: Expression & { kind: 'root' }, environment: Environment): Complex {
  const radicand = onCut(evaluate(expression.radicand, environment));
  const degree = evaluate(expression.degree, environment);
  if (degree.im === 0 && degree.re === 2) return radicand.sqrt();
  const isOdd = degree.im === 0 && Math.abs(degree.re % 2) === 1;
  if (isOdd && radicand.im === 0 && radicand.re < 0 && !hasSymbol(expression.radicand)) {
    return new Complex(-((-radicand.re) ** (1 / degree.re)), 0);
  }
  return degree.isZero() ? nan : raise(radicand, degree.inverse());
}

const angleFunctions = new Set(['sin', 'cos', 'tan', 'csc', 'sec', 'cot']);

function call(expression: Expression & { kind: 'call' }, environment: Environment): Complex {
  const { name } = expression;
  const [only] = expression.arguments;
  if (name === 'det') return only?.kind === 'matrix' ? evaluateDeterminant(only.rows, environment) : nan;
  if (name === 'Piecewise' || name === 'transpose') return nan;
  if (name === 'gcd' || name === 'lcm') {
    const simplified = commonDivisorOf(name, expression.arguments);
    return simplified === undefined ? nan : evaluate(simplified, environment);
  }
  const radians = environment.radians || angleFunctions.has(name);
  const inner = radians === environment.radians ? environment : { ...environment, radians };
  const values = expression.arguments.map((argument) => evaluate(argument, inner));
  const [first, second] = values;
  if (first === undefined || values.some((value) => value.isNaN())) return nan;
  if (values.length === 1 && Object.hasOwn(complexFunctions, name)) return complexFunctions[name]!(onCut(first));
  switch (name) {
    case 'log':
      return logarithm(first, second);
    case 'Max':
      return values.reduce((best, value) => (isLess(best, value) ? value : best));
    case 'Min':
      return values.reduce((best, value) => (isLess(value, best) ? value : best));
    case 'Mod': {
      if (second === undefined || second.isZero()) return nan;
      return first.sub(second.mul(complexFunctions.floor!(first.div(second))));
    }
    case 'binomial':
      return second === undefined ? nan : binomial(first, second);
    default:
      return unknownFunction(name, values);
  }
}

function logarithm(value: Complex, base: Complex | undefined): Complex {
  if (value.isZero()) return nan;
  return base === undefined ? onCut(value).log() : base.isZero() ? nan : onCut(value).log().div(onCut(base).log());
}

function isLess(left: Complex, right: Complex): boolean {
  return left.re === right.re ? left.im < right.im : left.re < right.re;
}

function evaluateDeterminant(rows: readonly (readonly Expression[])[], environment: Environment): Complex {
  return determinant(rows.map((row) => row.map((cell) => evaluate(cell, environment))));
}
