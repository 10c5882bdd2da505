import type { Expression } from './expression.ts';

/** The direct parts of an expression. */
export function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'add':
      return expression.terms;
    case 'multiply':
      return expression.factors;
    case 'negate':
    case 'factorial':
    case 'absolute':
    case 'percent':
      return [expression.operand];
    case 'divide':
      return [expression.numerator, expression.denominator];
    case 'power':
      return [expression.base, expression.exponent];
    case 'root':
      return [expression.radicand, expression.degree];
    case 'plus-minus':
      return expression.left === undefined ? [expression.right] : [expression.left, expression.right];
    case 'call':
      return expression.arguments;
    case 'bound':
      return [expression.body, expression.lower, expression.upper].filter((part) => part !== undefined);
    case 'tuple':
    case 'list':
    case 'set':
      return expression.items;
    case 'set-builder':
      return [expression.element, expression.condition];
    case 'interval':
      return [expression.lower, expression.upper];
    case 'set-operation':
    case 'relation':
    case 'logic':
      return expression.operands;
    case 'matrix':
      return expression.rows.flat();
    case 'quantity':
      return [expression.value];
    default:
      return [];
  }
}

/** Whether a variable stands anywhere in an expression. */
export function hasSymbol(expression: Expression): boolean {
  return expression.kind === 'symbol' || childrenOf(expression).some(hasSymbol);
}
