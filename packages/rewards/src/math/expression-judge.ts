import { Complex } from 'complex.js';
import { compareExpressions } from './compare/compare-expressions.ts';
import { type Equality, startComparing } from './compare/comparison.ts';
import { evaluateNumeric } from './expression/evaluate-numeric.ts';
import type { Expression } from './expression/expression.ts';
import { childrenOf } from './expression/free-symbols.ts';
import { type MathVerifierOptions, mathVerifierDefaults } from './verifier-options.ts';
import { withinStack } from './within-stack.ts';

// Decimals mean what is written: who asks decides what rounding is worth.
const exact: MathVerifierOptions = { ...mathVerifierDefaults, decimalPlaces: null };

/** Whether two expressions are the same, without any rounding. */
export function compareExactly(left: Expression, right: Expression): Equality {
  return withinStack(() => compareExpressions(left, right, startComparing(exact))) ?? 'unknown';
}

/** Whether two expressions are certainly the same, without any rounding. */
export function isSame(left: Expression, right: Expression): boolean {
  return compareExactly(left, right) === 'equal';
}

/** The value of a real constant, in double precision; `undefined` for anything else. */
export function realValue(expression: Expression): number | undefined {
  const { re, im } = withinStack(() => evaluateNumeric(expression, new Map())) ?? noValue;
  if (!Number.isFinite(re) || !Number.isFinite(im)) return undefined;
  return Math.abs(im) <= 1e-12 * Math.abs(re) ? re : undefined;
}

/**
 * Values of two expressions where every variable has some fixed value, the same in both: what differs there differs. Not
 * a number where one has none.
 */
export function sampleBoth(left: Expression, right: Expression): readonly [Complex, Complex] {
  const names = new Set<string>();
  const pending = [left, right];
  for (let one = pending.pop(); one !== undefined; one = pending.pop()) {
    if (one.kind === 'symbol') names.add(one.name);
    pending.push(...childrenOf(one));
  }
  // Irregular numbers, so that formulas do not agree there by chance.
  const values = new Map([...names].sort().map((name, index) => [name, new Complex(0.7316842 + 0.618034 * index, 0)]));
  return (
    withinStack(() => [evaluateNumeric(left, values), evaluateNumeric(right, values)] as const) ?? [noValue, noValue]
  );
}

const noValue = new Complex(Number.NaN, Number.NaN);
