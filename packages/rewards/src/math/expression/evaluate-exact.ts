import {
  add,
  compare,
  divide,
  multiply,
  negate,
  OverBudget,
  power,
  type Rational,
  rational,
  subtract,
  Undefined,
} from '../rational.ts';
import { exactCall, floorOf } from './exact-functions.ts';
import { exactRoot } from './exact-root.ts';
import type { Expression } from './expression.ts';

type Bound = ReadonlyMap<string, Rational>;

const none: Bound = new Map();
const maximumFactorial = 300n;
const maximumExponent = 2000n;
const maximumTerms = 1000n;

/**
 * The value of an expression of rational numbers, exactly; `undefined` when it has none or it is not rational, or this
 * cannot tell. Percent signs divide by 100, units do not count. Throws `OverBudget` for what would take too many digits
 * (factorials beyond 300!, exponents beyond 2000).
 *
 * @example
 * ```ts
 * const parsed = parseExpression('\\sqrt{\\frac{9}{4}} + 50\\%');
 * 'expression' in parsed && evaluateExact(parsed.expression); // => { numerator: 2n, denominator: 1n }
 * ```
 */
export function evaluateExact(expression: Expression): Rational | undefined {
  try {
    return evaluate(expression, none);
  } catch (error) {
    if (error instanceof Undefined) return undefined;
    throw error;
  }
}

function evaluate(expression: Expression, bound: Bound): Rational | undefined {
  switch (expression.kind) {
    case 'number':
      return expression.value;
    case 'symbol':
      return bound.get(expression.name);
    case 'add':
      return fold(expression.terms, add, bound);
    case 'multiply':
      return fold(expression.factors, multiply, bound);
    case 'negate': {
      const operand = evaluate(expression.operand, bound);
      return operand && negate(operand);
    }
    case 'divide':
      return fold([expression.numerator, expression.denominator], divide, bound);
    case 'power':
      return raise(evaluate(expression.base, bound), evaluate(expression.exponent, bound));
    case 'root': {
      const degree = evaluate(expression.degree, bound);
      return degree && raise(evaluate(expression.radicand, bound), divide(rational(1n), degree));
    }
    case 'factorial':
      return factorial(evaluate(expression.operand, bound));
    case 'absolute': {
      const operand = evaluate(expression.operand, bound);
      return operand && (operand.numerator < 0n ? negate(operand) : operand);
    }
    case 'percent': {
      const operand = evaluate(expression.operand, bound);
      return operand && divide(operand, rational(100n));
    }
    case 'quantity':
      return evaluate(expression.value, bound);
    case 'call': {
      const values: Rational[] = [];
      for (const argument of expression.arguments) {
        const value = evaluate(argument, bound);
        if (value === undefined) return undefined;
        values.push(value);
      }
      return exactCall(expression.name, values);
    }
    case 'bound':
      return expression.operator === 'sum' || expression.operator === 'product' ? series(expression, bound) : undefined;
    default:
      return undefined;
  }
}

function fold(
  operands: readonly Expression[],
  combine: (left: Rational, right: Rational) => Rational,
  bound: Bound,
): Rational | undefined {
  let result: Rational | undefined;
  for (const operand of operands) {
    const value = evaluate(operand, bound);
    if (value === undefined) return undefined;
    result = result === undefined ? value : combine(result, value);
  }
  return result;
}

function raise(base: Rational | undefined, exponent: Rational | undefined): Rational | undefined {
  if (base === undefined || exponent === undefined) return undefined;
  const { numerator, denominator } = exponent;
  const isUnit = base.denominator === 1n && base.numerator <= 1n && base.numerator >= -1n;
  if (!isUnit && (numerator > maximumExponent || numerator < -maximumExponent)) {
    throw new OverBudget('an exponent is too large');
  }
  const radicand = denominator === 1n ? base : exactRoot(base, denominator);
  return radicand && power(radicand, rational(numerator));
}

function factorial(operand: Rational | undefined): Rational | undefined {
  if (operand === undefined || operand.denominator !== 1n || operand.numerator < 0n) return undefined;
  if (operand.numerator > maximumFactorial) throw new OverBudget('a factorial has too many digits');
  let result = 1n;
  for (let factor = 2n; factor <= operand.numerator; factor++) result *= factor;
  return rational(result);
}

function series(expression: Expression & { kind: 'bound' }, bound: Bound): Rational | undefined {
  const { lower, upper, body, variable, operator } = expression;
  const first = lower && evaluate(lower, bound);
  const last = upper && evaluate(upper, bound);
  if (first === undefined || last === undefined || compare(first, floorOf(first)) !== 0) return undefined;
  const terms = floorOf(subtract(last, first)).numerator;
  if (terms > maximumTerms) throw new OverBudget(`a ${operator} has more than ${maximumTerms} terms`);
  const inner = new Map(bound);
  let result = rational(operator === 'sum' ? 0n : 1n);
  for (let index = 0n; index <= terms; index++) {
    inner.set(variable, add(first, rational(index)));
    const term = evaluate(body, inner);
    if (term === undefined) return undefined;
    result = operator === 'sum' ? add(result, term) : multiply(result, term);
  }
  return result;
}
