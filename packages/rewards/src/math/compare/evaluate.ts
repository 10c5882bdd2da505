import type { Complex } from 'complex.js';
import { evaluateExact } from '../expression/evaluate-exact.ts';
import { evaluateNumeric } from '../expression/evaluate-numeric.ts';
import type { Expression } from '../expression/expression.ts';
import { OverBudget, type Rational, Undefined } from '../rational.ts';
import { childrenOf } from '../expression/free-symbols.ts';
import { mapChildren } from './answer-form.ts';
import { isKnownFunction } from './known-functions.ts';

/** The exact value of an expression, or why there is none. */
export type ExactValue =
  | { readonly kind: 'exact'; readonly value: Rational }
  /** It is irrational, has variables, or is no number. */
  | { readonly kind: 'inexact' }
  /** It has no value: a division by zero. */
  | { readonly kind: 'undefined' }
  | { readonly kind: 'over-budget'; readonly reason: string };

const inexact: ExactValue = { kind: 'inexact' };

/** The exact value of an expression of rational numbers. */
export function exactly(expression: Expression): ExactValue {
  if (expression.kind === 'number') return { kind: 'exact', value: expression.value };
  if (rootCost(expression) > maximumCost)
    return { kind: 'over-budget', reason: 'sums or integrals in it are too long' };
  return evaluateWithin(expression);
}

function evaluateWithin(expression: Expression): ExactValue {
  try {
    const value = evaluateExact(expression);
    if (value !== undefined) return { kind: 'exact', value };
    return dividesByZero(expression) ? { kind: 'undefined' } : inexact;
  } catch (error) {
    if (error instanceof Undefined) return { kind: 'undefined' };
    if (error instanceof OverBudget) return { kind: 'over-budget', reason: error.message };
    if (error instanceof RangeError) return { kind: 'over-budget', reason: 'a number in it is too large' };
    throw error;
  }
}

/** The exact value with these values for its variables. */
export function exactAt(expression: Expression, values: ReadonlyMap<string, Rational>): ExactValue {
  return evaluateWithin(substitute(expression, values));
}

function substitute(expression: Expression, values: ReadonlyMap<string, Rational>): Expression {
  if (expression.kind !== 'symbol') return mapChildren(expression, (part) => substitute(part, values));
  const value = values.get(expression.name);
  return value === undefined ? expression : { kind: 'number', value, decimals: undefined };
}

function dividesByZero(expression: Expression): boolean {
  if (expression.kind === 'divide' && isZero(expression.denominator)) return true;
  if (expression.kind === 'power' && isZero(expression.base)) {
    const exponent = evaluateExact(expression.exponent);
    if (exponent !== undefined && exponent.numerator <= 0n) return true;
  }
  return childrenOf(expression).some(dividesByZero);
}

function isZero(expression: Expression): boolean {
  return evaluateExact(expression)?.numerator === 0n;
}

/** The value of a constant in double precision; `undefined` where it has none. */
export function numericValue(expression: Expression): Complex | undefined {
  return numericAt(expression, noValues);
}

const noValues: ReadonlyMap<string, Complex> = new Map();

/** The value with these values for its variables, in double precision; `undefined` outside of the domain. */
export function numericAt(expression: Expression, values: ReadonlyMap<string, Complex>): Complex | undefined {
  if (rootCost(expression) > maximumCost) return undefined;
  const value = evaluateNumeric(expression, values);
  return value.isNaN() || !Number.isFinite(value.re) || !Number.isFinite(value.im) ? undefined : value;
}

/** Evaluations of a part that one evaluation of the whole may need. */
const maximumCost = 20_000;
const costs = new WeakMap<Expression, number>();

// A formula is evaluated at many points: its cost is counted once.
function rootCost(expression: Expression): number {
  let cost = costs.get(expression);
  if (cost === undefined) {
    cost = costOf(expression);
    costs.set(expression, cost);
  }
  return cost;
}

const boundCosts = { integral: 105, sum: 1000, product: 1000, derivative: 6, limit: 6 };

/** How often the innermost part is evaluated: sums and integrals in each other multiply. */
function costOf(expression: Expression): number {
  let cost = 1;
  for (const child of childrenOf(expression)) cost = Math.max(cost, costOf(child));
  return expression.kind === 'bound' ? cost * boundCosts[expression.operator] : cost;
}

/** Whether a constant holds nothing but numbers, constants and known functions. */
export function isClosed(expression: Expression): boolean {
  if (expression.kind === 'symbol' || expression.kind === 'text') return false;
  if (expression.kind === 'call' && !isKnownFunction(expression.name)) return false;
  return childrenOf(expression).every(isClosed);
}

/** Whether the imaginary unit is written somewhere. */
export function isComplexWritten(expression: Expression): boolean {
  return (expression.kind === 'constant' && expression.name === 'i') || childrenOf(expression).some(isComplexWritten);
}
