import type { Expression } from '../expression/expression.ts';
import { childrenOf } from '../expression/free-symbols.ts';
import { isKnownFunction } from './known-functions.ts';
import { formatExpression } from '../expression/format-expression.ts';

type Relation = Extract<Expression, { kind: 'relation' }>;

/** A relation `name = value`; a chain counts from its first to its last side. */
export interface Assignment {
  readonly name: Expression;
  readonly value: Expression;
}

/**
 * An answer in the form in which it is compared: `≈` and what follows dropped (`1/3 ≈ 0.33` is 1/3, `x ≈ 11` is x = 11),
 * `x ∈ S` as `S`, ± as two values, values joined by "and" or "or" as a list, nested lists flat, a list of one as its item.
 */
export function settle(expression: Expression): Expression {
  switch (expression.kind) {
    case 'relation':
      return settleRelation(expression);
    case 'logic': {
      const operands = expression.operands.map(settle);
      return operands.some(isInequality) ? { ...expression, operands } : asList(operands);
    }
    case 'list':
      // p = 5, q = 2; p = 7, q = 2: rows of assignments.
      return asList(expression.items.map(settle).flatMap((item) => (isRow(item) ? item.items : [item])));
    case 'set': {
      const items = expression.items.flatMap((item) => listItems(settle(item)));
      return items.length > 0 && items.every(isEquation) ? asList(items) : { kind: 'set', items };
    }
    case 'tuple':
      return { kind: 'tuple', items: expression.items.map(settle) };
    default: {
      if (!hasPlusMinus(expression)) return expression;
      return asList([choosePlusMinus(expression, 1), choosePlusMinus(expression, -1)]);
    }
  }
}

function isRow(expression: Expression): expression is Extract<Expression, { kind: 'tuple' }> {
  return expression.kind === 'tuple' && expression.items.length > 0 && expression.items.every(isEquation);
}

function settleRelation(relation: Relation): Expression {
  let { operands, operators } = relation;
  const approximate = operators.indexOf('~=');
  if (approximate > 0 || (approximate === 0 && !isName(operands[0]!))) {
    operands = operands.slice(0, approximate + 1);
    operators = operators.slice(0, approximate);
  } else if (approximate === 0) {
    operands = operands.slice(0, 2);
    operators = ['='];
  }
  const [only] = operands;
  if (operands.length === 1 && only !== undefined) return settle(only);
  if (operators.length === 1 && operators[0] === 'in') {
    return isName(operands[0]!) ? settle(operands[1]!) : { kind: 'relation', operands, operators };
  }
  const settled = operands.map(settle);
  const value = settled.at(-1)!;
  // "x = 1, 2" and "x = 1 ± 2" name several values.
  if (
    operators.every((operator) => operator === '=') &&
    (value.kind === 'list' || (value.kind === 'set' && value.items.length > 0))
  ) {
    const name = settled[0]!;
    return asList(value.items.map((item): Expression => withName(item, name)));
  }
  return { kind: 'relation', operands: settled, operators };
}

function withName(item: Expression, name: Expression): Expression {
  return item.kind === 'relation' ? item : { kind: 'relation', operands: [name, item], operators: ['='] };
}

/** The items of a list, or the expression itself as the only one. */
export function listItems(expression: Expression): readonly Expression[] {
  return expression.kind === 'list' ? expression.items : [expression];
}

function asList(items: readonly Expression[]): Expression {
  const flat = items.flatMap(listItems);
  return flat.length === 1 ? flat[0]! : { kind: 'list', items: flat };
}

/** Whether it is a relation with an order in it (`<`, `≠`, ...). */
export function isInequality(expression: Expression): boolean {
  if (expression.kind === 'logic') return expression.operands.some(isInequality);
  return (
    expression.kind === 'relation' &&
    expression.operators.some((operator) => ['<', '<=', '>', '>=', '!='].includes(operator))
  );
}

/** Whether it is an equation. */
export function isEquation(expression: Expression): expression is Relation {
  return expression.kind === 'relation' && expression.operators.every((operator) => operator === '=');
}

/** Whether it says something instead of being a value: an equation, an inequality, several of them. */
export function isStatement(expression: Expression): boolean {
  if (expression.kind === 'relation' || expression.kind === 'logic') return true;
  return expression.kind === 'list' && expression.items.some((item) => item.kind === 'relation');
}

/** Whether an expression can stand for a value: variables, functions, products and fractions of them, no numbers. */
export function isName(expression: Expression): boolean {
  switch (expression.kind) {
    case 'symbol':
    case 'text':
      return true;
    case 'constant':
      return expression.name === 'e' || expression.name === 'i';
    case 'call':
      return !isKnownFunction(expression.name) || expression.arguments.every(isName);
    case 'multiply':
      return expression.factors.every(isName);
    case 'add':
      return expression.terms.every(isName);
    case 'negate':
    case 'absolute':
      return isName(expression.operand);
    case 'divide':
      return isName(expression.numerator) && isName(expression.denominator);
    case 'power':
      return isName(expression.base) && isName(expression.exponent);
    case 'tuple':
    case 'list':
    case 'set':
      return expression.items.length > 0 && expression.items.every(isName);
    case 'quantity':
      return isName(expression.value);
    default:
      return false;
  }
}

/** The assignments an answer consists of; `undefined` when it holds anything else. */
export function assignmentsOf(expression: Expression): readonly Assignment[] | undefined {
  const found: Assignment[] = [];
  for (const item of listItems(expression)) {
    if (!isEquation(item)) return undefined;
    const name = item.operands[0]!;
    if (!isName(name)) return undefined;
    found.push({ name, value: item.operands.at(-1)! });
  }
  return found;
}

/**
 * The values of assignments: `x = 1 or x = 2` is the list 1, 2; `x = 1, y = 2` the tuple (1, 2);
 * `p = 5, q = 2; p = 7, q = 2` the list of tuples (5, 2), (7, 2).
 */
export function assignedValues(assignments: readonly Assignment[]): Expression {
  const names = assignments.map(({ name }) => nameKey(name));
  const values = assignments.map(({ value }) => value);
  if (values.length === 1) return values[0]!;
  const period = names.indexOf(names[0]!, 1);
  const isPeriodic =
    period > 1 && names.length % period === 0 && names.every((name, index) => name === names[index % period]);
  if (isPeriodic) {
    const rows: Expression[] = [];
    for (let start = 0; start < values.length; start += period) {
      rows.push({ kind: 'tuple', items: values.slice(start, start + period) });
    }
    return { kind: 'list', items: rows };
  }
  const bases = new Set(names.map((name) => name.replace(/[_\d{}']+$/, '')));
  return { kind: bases.size === 1 ? 'list' : 'tuple', items: values };
}

/** A name in one spelling. */
export function nameKey(expression: Expression): string {
  switch (expression.kind) {
    case 'symbol':
    case 'constant':
      return expression.name;
    case 'text':
      return expression.text;
    default:
      return formatExpression(expression);
  }
}

/** The value an answer states: the last side of equations, named or not; the answer itself when it states none. */
export function statedValue(expression: Expression): Expression {
  const assignments = assignmentsOf(expression);
  if (assignments !== undefined) return assignedValues(assignments);
  return asList(listItems(expression).map((item) => (isEquation(item) ? item.operands.at(-1)! : item)));
}

function hasPlusMinus(expression: Expression): boolean {
  return expression.kind === 'plus-minus' || childrenOf(expression).some(hasPlusMinus);
}

function choosePlusMinus(expression: Expression, upper: 1 | -1): Expression {
  const choose = (one: Expression): Expression => choosePlusMinus(one, upper);
  if (expression.kind !== 'plus-minus') return mapChildren(expression, choose);
  const right = choose(expression.right);
  const signed: Expression = expression.sign * upper === 1 ? right : { kind: 'negate', operand: right };
  return expression.left === undefined ? signed : { kind: 'add', terms: [choose(expression.left), signed] };
}

/** A scalar expression with its parts replaced; collections, relations and bound variables stay as they are. */
export function mapChildren(expression: Expression, map: (part: Expression) => Expression): Expression {
  switch (expression.kind) {
    case 'add':
      return { ...expression, terms: expression.terms.map(map) };
    case 'multiply':
      return { ...expression, factors: expression.factors.map(map) };
    case 'negate':
    case 'absolute':
    case 'factorial':
    case 'percent':
      return { ...expression, operand: map(expression.operand) };
    case 'divide':
      return { ...expression, numerator: map(expression.numerator), denominator: map(expression.denominator) };
    case 'power':
      return { ...expression, base: map(expression.base), exponent: map(expression.exponent) };
    case 'root':
      return { ...expression, radicand: map(expression.radicand), degree: map(expression.degree) };
    case 'call':
      return { ...expression, arguments: expression.arguments.map(map) };
    case 'quantity':
      return { ...expression, value: map(expression.value) };
    default:
      return expression;
  }
}
