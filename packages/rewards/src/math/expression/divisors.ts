import { divide, multiply, negate, OverBudget, power, type Rational, rational, Undefined } from '../rational.ts';
import { exactCall } from './exact-functions.ts';
import { evaluateExact } from './evaluate-exact.ts';
import type { Expression } from './expression.ts';
import { formatExpression } from './format-expression.ts';

/** A rational number times powers of what is not rational: variables, roots, sums. */
interface Monomial {
  readonly coefficient: Rational;
  readonly powers: ReadonlyMap<string, { readonly base: Expression; readonly exponent: Rational }>;
}

/**
 * The greatest common divisor or least common multiple of expressions as polynomials; different variables, roots and
 * sums have none. As in sympy, polynomials with fractions in them have coefficient 1. `undefined` when it cannot tell.
 */
export function commonDivisorOf(name: 'gcd' | 'lcm', values: readonly Expression[]): Expression | undefined {
  try {
    return combined(name, values.map(monomialOf));
  } catch (error) {
    if (error instanceof OverBudget || error instanceof Undefined) return undefined;
    throw error;
  }
}

function combined(name: 'gcd' | 'lcm', monomials: readonly Monomial[]): Expression | undefined {
  const [first, ...others] = monomials;
  if (first === undefined) return undefined;
  const isField =
    monomials.some((value) => value.coefficient.denominator !== 1n) && monomials.some((value) => value.powers.size > 0);
  const combine = name === 'gcd' ? divisor : multiple;
  const result = others.reduce(combine, first);
  return build(isField ? { ...result, coefficient: rational(1n) } : result);
}

function divisor(left: Monomial, right: Monomial): Monomial {
  const powers = new Map<string, { base: Expression; exponent: Rational }>();
  for (const [key, { base, exponent }] of left.powers) {
    const other = right.powers.get(key);
    if (other !== undefined) powers.set(key, { base, exponent: exactCall('Min', [exponent, other.exponent])! });
  }
  return { coefficient: exactCall('gcd', [left.coefficient, right.coefficient])!, powers };
}

function multiple(left: Monomial, right: Monomial): Monomial {
  const powers = new Map(left.powers);
  for (const [key, value] of right.powers) {
    const other = left.powers.get(key);
    const exponent = other === undefined ? value.exponent : exactCall('Max', [value.exponent, other.exponent])!;
    powers.set(key, { base: value.base, exponent });
  }
  return { coefficient: exactCall('lcm', [left.coefficient, right.coefficient])!, powers };
}

function monomialOf(expression: Expression): Monomial {
  const exact = evaluateExact(expression);
  if (exact !== undefined) return { coefficient: exact, powers: new Map() };
  switch (expression.kind) {
    case 'negate': {
      const inner = monomialOf(expression.operand);
      return { ...inner, coefficient: negate(inner.coefficient) };
    }
    case 'multiply':
      return expression.factors.map(monomialOf).reduce(product);
    case 'divide':
      return product(monomialOf(expression.numerator), raised(monomialOf(expression.denominator), rational(-1n)));
    case 'power': {
      const exponent = evaluateExact(expression.exponent);
      return exponent === undefined ? atom(expression) : raised(monomialOf(expression.base), exponent);
    }
    case 'root': {
      const degree = evaluateExact(expression.degree);
      return degree === undefined
        ? atom(expression)
        : raised(monomialOf(expression.radicand), divide(rational(1n), degree));
    }
    default:
      return atom(expression);
  }
}

function atom(base: Expression): Monomial {
  return { coefficient: rational(1n), powers: new Map([[formatExpression(base), { base, exponent: rational(1n) }]]) };
}

function product(left: Monomial, right: Monomial): Monomial {
  const powers = new Map(left.powers);
  for (const [key, { base, exponent }] of right.powers) {
    const other = powers.get(key);
    const sum = other === undefined ? exponent : addition(other.exponent, exponent);
    if (sum.numerator === 0n) powers.delete(key);
    else powers.set(key, { base, exponent: sum });
  }
  return { coefficient: multiply(left.coefficient, right.coefficient), powers };
}

function addition(left: Rational, right: Rational): Rational {
  return rational(
    left.numerator * right.denominator + right.numerator * left.denominator,
    left.denominator * right.denominator,
  );
}

function raised({ coefficient, powers }: Monomial, exponent: Rational): Monomial {
  const raisedPowers = new Map(
    [...powers].map(
      ([key, value]) => [key, { base: value.base, exponent: multiply(value.exponent, exponent) }] as const,
    ),
  );
  if (exponent.denominator === 1n) return { coefficient: power(coefficient, exponent), powers: raisedPowers };
  if (coefficient.numerator !== coefficient.denominator) {
    // The root of the number is no rational number: it is a factor like a variable.
    const base: Expression = { kind: 'number', value: coefficient, decimals: undefined };
    raisedPowers.set(formatExpression(base), { base, exponent });
  }
  return { coefficient: rational(1n), powers: raisedPowers };
}

function build({ coefficient, powers }: Monomial): Expression {
  const factors: Expression[] = [{ kind: 'number', value: coefficient, decimals: undefined }];
  for (const { base, exponent } of powers.values()) {
    factors.push({ kind: 'power', base, exponent: { kind: 'number', value: exponent, decimals: undefined } });
  }
  return { kind: 'multiply', factors };
}
