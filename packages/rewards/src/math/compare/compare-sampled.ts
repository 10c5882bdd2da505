import { Complex } from 'complex.js';
import type { Expression } from '../expression/expression.ts';
import { equals } from '../rational.ts';
import { childrenOf } from '../expression/free-symbols.ts';
import { mapChildren } from './answer-form.ts';
import type { Sides } from './compare-collections.ts';
import type { Comparing, Equality } from './comparison.ts';
import { exactAt, isComplexWritten, numericAt } from './evaluate.ts';
import {
  complexPoint,
  complexPointCount,
  exactPoint,
  exactPointCount,
  nodeCount,
  realPoint,
  realPointCount,
  variablesOf,
} from './sample-points.ts';

/** Largest formulas that are evaluated at sample points: nodes of both together. */
export const maximumSampledNodes = 8000;
/** Formulas up to this size are evaluated exactly where they can be. */
const maximumExactNodes = 400;
/** Points with a value that two formulas have to agree at. */
const minimumPoints = 2;

/**
 * Whether two formulas have the same values at fixed sample points (Schwartz 1980, Zippel 1979): exactly, at fractions, where
 * both are rational; else in double precision to a relative 1e-9, at real points of both signs where both are real, and at
 * complex points when fewer than two of those are left. Points outside of the domain do not count; with fewer than two it is
 * unknown.
 */
export function compareSampled(
  [gold, answer]: Sides<Expression>,
  names: readonly string[],
  comparing: Comparing,
): Equality {
  const renamed = comparing.options.strict ? answer : renameLike(gold, answer);
  return (
    compareExactly(gold, renamed, names) ??
    compareAtRealPoints(gold, renamed, names) ??
    compareAtComplexPoints(gold, renamed, names) ??
    undecided(comparing)
  );
}

function undecided(comparing: Comparing): Equality {
  comparing.problem ??= 'the formulas have values at too few of the sample points';
  return 'unknown';
}

function compareExactly(gold: Expression, answer: Expression, names: readonly string[]): Equality | undefined {
  if (nodeCount(gold, maximumExactNodes) + nodeCount(answer, maximumExactNodes) > maximumExactNodes) return undefined;
  if (!isRationalFunction(gold) || !isRationalFunction(answer)) return undefined;
  let agreed = 0;
  for (let point = 0; point < exactPointCount && agreed < 3; point++) {
    const values = new Map(names.map((name, index) => [name, exactPoint(point, index)]));
    const [left, right] = [exactAt(gold, values), exactAt(answer, values)];
    if (left.kind === 'inexact' || right.kind === 'inexact') return undefined;
    if (left.kind === 'over-budget' || right.kind === 'over-budget') return undefined;
    if (left.kind === 'undefined' || right.kind === 'undefined') continue;
    if (!equals(left.value, right.value)) return 'different';
    agreed++;
  }
  return agreed >= minimumPoints ? 'equal' : undefined;
}

const rationalKinds = new Set(['number', 'symbol', 'add', 'multiply', 'negate', 'divide', 'percent', 'quantity']);

function isRationalFunction(expression: Expression): boolean {
  if (expression.kind === 'power') return isRationalFunction(expression.base) && expression.exponent.kind === 'number';
  return rationalKinds.has(expression.kind) && childrenOf(expression).every(isRationalFunction);
}

function compareAtRealPoints(gold: Expression, answer: Expression, names: readonly string[]): Equality | undefined {
  // Where i is written, complex values are meant.
  const isComplex = isComplexWritten(gold) || isComplexWritten(answer);
  let agreed = 0;
  for (let point = 0; point < realPointCount; point++) {
    const values = new Map(names.map((name, index) => [name, new Complex(realPoint(point, index), 0)]));
    const [left, right] = [numericAt(gold, values), numericAt(answer, values)];
    if (left === undefined || right === undefined) continue;
    if (!isComplex && !(isReal(left) && isReal(right))) continue;
    if (!isNear(left, right, () => scaleAt(gold, answer, values))) return 'different';
    agreed++;
  }
  return agreed >= minimumPoints ? 'equal' : undefined;
}

function compareAtComplexPoints(gold: Expression, answer: Expression, names: readonly string[]): Equality | undefined {
  let agreed = 0;
  for (let point = 0; point < complexPointCount; point++) {
    const values = new Map(names.map((name, index) => [name, new Complex(complexPoint(point, index))]));
    const [left, right] = [numericAt(gold, values), numericAt(answer, values)];
    if (left === undefined || right === undefined) continue;
    if (!isNear(left, right, () => scaleAt(gold, answer, values))) return 'different';
    agreed++;
  }
  return agreed >= minimumPoints ? 'equal' : undefined;
}

/**
 * Whether the values of two formulas are proportional at the sample points, with a positive factor for `sign` 1, a negative one
 * for -1, any but zero for `undefined`.
 */
export function compareUpToFactor(
  [gold, answer]: Sides<Expression>,
  sign: 1 | -1 | undefined,
  comparing: Comparing,
): Equality {
  const names = variablesOf([gold, answer]);
  if (names.length === 0) return 'different';
  if (nodeCount(gold, maximumSampledNodes) + nodeCount(answer, maximumSampledNodes) > maximumSampledNodes)
    return undecided(comparing);
  let ratio: Complex | undefined;
  let agreed = 0;
  for (let point = 0; point < realPointCount; point++) {
    const values = new Map(names.map((name, index) => [name, new Complex(realPoint(point, index), 0)]));
    const [left, right] = [numericAt(gold, values), numericAt(answer, values)];
    if (left === undefined || right === undefined) continue;
    const size = Math.hypot(left.re, left.im);
    if (size < 1e-9 || Math.hypot(right.re, right.im) < 1e-12 * size) return 'different';
    const next = right.div(left);
    if (sign !== undefined && (Math.abs(next.im) > 1e-9 * Math.abs(next.re) || Math.sign(next.re) !== sign))
      return 'different';
    if (ratio !== undefined && !isNear(ratio, next, () => 0)) return 'different';
    ratio ??= next;
    agreed++;
  }
  return agreed > minimumPoints ? 'equal' : undecided(comparing);
}

function isReal({ re, im }: Complex): boolean {
  return Math.abs(im) <= 1e-9 * Math.max(Math.abs(re), 1e-9);
}

function isNear(left: Complex, right: Complex, scale: () => number): boolean {
  const distance = Math.hypot(left.re - right.re, left.im - right.im);
  const size = Math.max(Math.hypot(left.re, left.im), Math.hypot(right.re, right.im));
  return distance <= 1e-9 * size || distance <= 1e-13 * scale();
}

/** How large the terms are whose sum a value is: what is left after they cancel has an error of this size times 1e-16. */
function scaleAt(gold: Expression, answer: Expression, values: ReadonlyMap<string, Complex>): number {
  return Math.max(termScale(gold, values), termScale(answer, values));
}

function termScale(expression: Expression, values: ReadonlyMap<string, Complex>): number {
  const inner = childrenOf(expression);
  switch (expression.kind) {
    case 'add':
      return inner.reduce((sum, term) => sum + termScale(term, values), 0);
    case 'multiply':
      return inner.reduce((product, factor) => product * termScale(factor, values), 1);
    case 'negate':
    case 'absolute':
      return termScale(inner[0]!, values);
    case 'divide':
      return termScale(expression.numerator, values) / sizeAt(expression.denominator, values);
    default:
      return sizeAt(expression, values);
  }
}

function sizeAt(expression: Expression, values: ReadonlyMap<string, Complex>): number {
  const value = numericAt(expression, values);
  return value === undefined ? 0 : Math.hypot(value.re, value.im);
}

/** The answer with its variables named like those of the reference, in their order of appearance. */
function renameLike(gold: Expression, answer: Expression): Expression {
  const [left, right] = [inOrder(gold), inOrder(answer)];
  if (left.length !== right.length) return answer;
  const names = new Map(right.map((name, index) => [name, left[index]!]));
  const rename = (one: Expression): Expression =>
    one.kind === 'symbol' ? { kind: 'symbol', name: names.get(one.name) ?? one.name } : mapChildren(one, rename);
  return rename(answer);
}

function inOrder(expression: Expression): string[] {
  const names = new Set<string>();
  const visit = (one: Expression): void => {
    if (one.kind === 'symbol') names.add(one.name);
    for (const child of childrenOf(one)) visit(child);
  };
  visit(expression);
  return [...names];
}
