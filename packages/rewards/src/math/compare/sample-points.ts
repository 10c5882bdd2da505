import type { Expression } from '../expression/expression.ts';
import { type Rational, rational } from '../rational.ts';
import { childrenOf } from '../expression/free-symbols.ts';

/** Names of the variables in an expression, and functions without a known meaning with their arguments as variables. */
export function variablesOf(expressions: readonly Expression[]): string[] {
  const names = new Set<string>();
  const pending = [...expressions];
  for (let one = pending.pop(); one !== undefined; one = pending.pop()) {
    if (one.kind === 'symbol') names.add(one.name);
    for (const child of childrenOf(one)) pending.push(child);
  }
  return [...names].sort();
}

/** Number of parts of an expression, counted up to a limit. */
export function nodeCount(expression: Expression, limit: number): number {
  let count = 0;
  const pending = [expression];
  for (let one = pending.pop(); one !== undefined && count <= limit; one = pending.pop()) {
    count++;
    pending.push(...childrenOf(one));
  }
  return count;
}

// Between the ends where inverse functions, logarithms and roots of usual formulas begin: inside and outside of (-1, 1), some
// large. Irregular digits, so that no formula of small numbers vanishes at them.
const realValues = [
  0.7316842, 2.3741938, -0.5827361, 5.1938473, -3.2718294, 1.4392817, 13.8273645, -0.2194837, -7.6493821, 0.3928174,
];

/** Real points to try; points 2, 4, 7 and 8 are negative for the first variable, and signs mix for several. */
export const realPointCount = realValues.length;

/** The value of the variable with an index at a real point. */
export function realPoint(point: number, variable: number): number {
  const value = realValues[(point + 3 * variable) % realValues.length]!;
  return value + 0.0137 * variable + 0.00071 * variable * point;
}

/** Complex points to try. */
export const complexPointCount = 5;

/** The value of the variable with an index at a complex point. */
export function complexPoint(point: number, variable: number): { readonly re: number; readonly im: number } {
  const angle = 0.61803 + 1.2566 * point + 0.4117 * variable;
  const radius = 0.8 + 0.37 * point + 0.11 * variable;
  return { re: radius * Math.cos(angle), im: radius * Math.sin(angle) };
}

/** Exact points to try. */
export const exactPointCount = 6;

const exactValues: readonly (readonly [bigint, bigint])[] = [
  [17n, 7n],
  [-11n, 3n],
  [5n, 13n],
  [-3n, 19n],
  [29n, 5n],
  [-23n, 9n],
];

/** The value of the variable with an index at an exact point. */
export function exactPoint(point: number, variable: number): Rational {
  const [numerator, denominator] = exactValues[(point + 2 * variable) % exactValues.length]!;
  return rational(numerator + 31n * BigInt(variable), denominator);
}
