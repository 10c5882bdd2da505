import { compareExactly } from '../expression-judge.ts';
import type { Expression } from '../expression/expression.ts';
import { formatExpression } from '../expression/format-expression.ts';
import { childrenOf } from '../expression/free-symbols.ts';
import type { CheckedEquation } from './check-equation.ts';
import type { Fit } from './match-steps.ts';

/** Counts down comparisons: long responses against long references would take quadratic time. */
export interface FitBudget {
  comparisons: number;
}

/**
 * How well an equation of a response fits one of a reference step: 2 = the same equation, sides and operands in any order;
 * 1 = another calculation with the same result. False equations fit nothing.
 */
export function equationFit(given: CheckedEquation, wanted: CheckedEquation, budget: FitBudget): Fit {
  if (given.truth === 'false') return 0;
  const isCalculated = given.truth === 'true' && wanted.truth === 'true';
  if (isCalculated) {
    if (!isSame(given.result, wanted.result, budget)) return 0;
    return numbersOf(given) === numbersOf(wanted) ? 2 : 1;
  }
  if (given.truth === 'true' || wanted.truth === 'true' || wanted.truth === 'false') return 0;
  const isEquation =
    (isSame(given.left, wanted.left, budget) && isSame(given.right, wanted.right, budget)) ||
    (isSame(given.left, wanted.right, budget) && isSame(given.right, wanted.left, budget));
  return isEquation ? 2 : 0;
}

function isSame(left: Expression, right: Expression, budget: FitBudget): boolean {
  if (formatExpression(left) === formatExpression(right)) return true;
  if (left.kind === 'number' && right.kind === 'number') {
    return left.value.numerator === right.value.numerator && left.value.denominator === right.value.denominator;
  }
  if (--budget.comparisons < 0) return false;
  return compareExactly(left, right) === 'equal';
}

function numbersOf({ left, right }: CheckedEquation): string {
  return [...leaves(left), ...leaves(right)].sort().join(' ');
}

function leaves(one: Expression): string[] {
  const parts = childrenOf(one);
  return parts.length === 0 ? [formatExpression(one)] : parts.flatMap(leaves);
}
