import { isKnownFunction } from '../compare/known-functions.ts';
import { compareExactly, realValue } from '../expression-judge.ts';
import type { Expression } from '../expression/expression.ts';
import { childrenOf } from '../expression/free-symbols.ts';
import { parseExpression } from '../expression/parse-expression.ts';
import type { WrittenEquation } from './find-equations.ts';

/** An equation that could be read. */
export interface CheckedEquation {
  /** As written, without spaces. */
  readonly written: string;
  readonly left: Expression;
  readonly right: Expression;
  /** The side that is not the calculation: 24 in `48/2 = 24`. */
  readonly result: Expression;
  /**
   * `true` and `false` are decided; `open` = it has variables and is no identity, so it may be a condition (2x = 10);
   * `unknown` = it could not be found out; `plain` = neither side is a calculation (5 = 5, x = 5).
   */
  readonly truth: 'true' | 'false' | 'open' | 'unknown' | 'plain';
}

/**
 * Reads and checks an equation: numbers exactly, formulas with variables as identities. A result with two or more decimals
 * may be rounded, any result behind a sign for "about".
 *
 * @returns `undefined` for what is no mathematics
 */
export function checkEquation(equation: WrittenEquation): CheckedEquation | undefined {
  const left = side(equation.left);
  const right = side(equation.right);
  if (left === undefined || right === undefined) return undefined;
  const [result, calculation] = isCalculation(right) && !isCalculation(left) ? [left, right] : [right, left];
  return {
    written: `${equation.left}=${equation.right}`.replace(/\s+/g, ''),
    left,
    right,
    result,
    truth: isCalculation(calculation) ? truthOf(calculation, result, equation.isApproximate) : 'plain',
  };
}

function side(text: string): Expression | undefined {
  const parsed = parseExpression(text);
  if ('problem' in parsed) return undefined;
  const { expression } = parsed;
  const isText = expression.kind === 'text' || expression.kind === 'relation' || expression.kind === 'logic';
  return isText ? undefined : expression;
}

function truthOf(calculation: Expression, result: Expression, isApproximate: boolean): CheckedEquation['truth'] {
  const equality = compareExactly(calculation, result);
  if (equality === 'equal') return 'true';
  if (hasVariables(calculation) || hasVariables(result)) return equality === 'different' ? 'open' : 'unknown';
  if (isRounded(calculation, result, isApproximate)) return 'true';
  return equality === 'different' ? 'false' : 'unknown';
}

function isRounded(calculation: Expression, result: Expression, isApproximate: boolean): boolean {
  const decimals = decimalsOf(result);
  const value = realValue(calculation);
  const shown = realValue(result);
  if (value === undefined || shown === undefined) return false;
  const distance = Math.abs(value - shown);
  if (isApproximate && distance <= 0.01 * Math.abs(value)) return true;
  if (decimals === undefined || (!isApproximate && decimals < 2)) return false;
  return distance <= 10 ** -decimals * (0.5 + 1e-9);
}

function decimalsOf(one: Expression): number | undefined {
  if (one.kind === 'negate') return decimalsOf(one.operand);
  if (one.kind === 'percent') {
    const decimals = decimalsOf(one.operand);
    return decimals === undefined ? undefined : decimals + 2;
  }
  if (one.kind === 'quantity') return decimalsOf(one.value);
  if (one.kind !== 'number') return undefined;
  return one.decimals ?? (one.value.denominator === 1n ? 0 : undefined);
}

/** Whether something is calculated: not only a value, a sign, a unit. */
function isCalculation(one: Expression): boolean {
  switch (one.kind) {
    case 'number':
    case 'constant':
    case 'symbol':
    case 'text':
      return false;
    case 'negate':
    case 'percent':
      return isCalculation(one.operand);
    case 'quantity':
      return isCalculation(one.value);
    default:
      return true;
  }
}

// What f(2) is depends on what was said of f.
function hasVariables(one: Expression): boolean {
  if (one.kind === 'symbol' || one.kind === 'text') return true;
  return (one.kind === 'call' && !isKnownFunction(one.name)) || childrenOf(one).some(hasVariables);
}
