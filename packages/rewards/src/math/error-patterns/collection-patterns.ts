import { isSame } from '../expression-judge.ts';
import type { Expression, RelationOperator } from '../expression/expression.ts';
import type { ErrorPattern } from './error-pattern.ts';

// Comparing every item with every other is quadratic.
const maximumItems = 12;

/** Patterns of an answer of several values: roots, tuples, intervals, inequalities. */
export function collectionPatterns(answer: Expression, gold: Expression): ErrorPattern[] {
  const patterns: ErrorPattern[] = [];
  if (hasOtherOrder(answer, gold)) patterns.push('tuple_order');
  if (hasOtherEnds(answer, gold)) patterns.push('interval_end');
  const roots = rootPattern(answer, gold);
  if (roots !== undefined) patterns.push(roots);
  return patterns;
}

/** Whether an expression names several values. */
export function isCollection(one: Expression): boolean {
  const kinds = ['tuple', 'list', 'set', 'interval', 'set-operation', 'relation', 'logic', 'matrix', 'plus-minus'];
  return kinds.includes(one.kind);
}

function rootPattern(answer: Expression, gold: Expression): ErrorPattern | undefined {
  const given = valuesOf(answer);
  const wanted = valuesOf(gold);
  if (given === undefined || wanted === undefined || given.length === 0 || wanted.length === 0) return undefined;
  if (given.length > maximumItems || wanted.length > maximumItems) return undefined;
  const isIn = (one: Expression, list: readonly Expression[]) => list.some((other) => isSame(one, other));
  const right = given.filter((one) => isIn(one, wanted));
  const found = wanted.filter((one) => isIn(one, given));
  if (found.length === wanted.length && right.length < given.length) return 'extra_root';
  if (right.length < given.length || found.length === 0 || found.length === wanted.length) return undefined;
  return given.length === 1 ? 'one_of_several_roots' : 'missing_root';
}

/** The values that a set, a list, "x = 1 or x = 2", ±, or one value stand for; `undefined` for what is no such thing. */
function valuesOf(one: Expression): readonly Expression[] | undefined {
  switch (one.kind) {
    case 'set':
    case 'list':
      return flatten(one.items);
    case 'logic':
      return flatten(one.operands);
    case 'relation': {
      const [variable, value] = one.operands;
      const isAssignment = one.operators.join() === '=' && variable?.kind === 'symbol' && value !== undefined;
      return isAssignment ? valuesOf(value) : undefined;
    }
    case 'plus-minus': {
      const { left, right } = one;
      const negative: Expression = { kind: 'negate', operand: right };
      return left === undefined
        ? [right, negative]
        : [
            { kind: 'add', terms: [left, right] },
            { kind: 'add', terms: [left, negative] },
          ];
    }
    default:
      return isCollection(one) ? (one.kind === 'tuple' ? [one] : undefined) : [one];
  }
}

function flatten(items: readonly Expression[]): readonly Expression[] | undefined {
  const values: Expression[] = [];
  for (const item of items) {
    const some = valuesOf(item);
    if (some === undefined) return undefined;
    values.push(...some);
  }
  return values;
}

function hasOtherOrder(answer: Expression, gold: Expression): boolean {
  const given = entriesOf(answer);
  const wanted = entriesOf(gold);
  if (given === undefined || wanted === undefined) return false;
  if (given.length !== wanted.length || given.length < 2 || given.length > maximumItems) return false;
  const left = [...wanted];
  for (const one of given) {
    const at = left.findIndex((other) => isSame(one, other));
    if (at === -1) return false;
    left.splice(at, 1);
  }
  return given.some((one, index) => !isSame(one, wanted[index]!));
}

/** Entries of what has an order; an open interval may be meant as a point. */
function entriesOf(one: Expression): readonly Expression[] | undefined {
  if (one.kind === 'tuple') return one.items;
  if (one.kind === 'interval' && !one.includesLower && !one.includesUpper) return [one.lower, one.upper];
  if (one.kind === 'matrix' && (one.rows.length === 1 || one.rows.every((row) => row.length === 1)))
    return one.rows.flat();
  return undefined;
}

function hasOtherEnds(answer: Expression, gold: Expression): boolean {
  const given = asInterval(answer, gold);
  const wanted = asInterval(gold, answer);
  if (given !== undefined && wanted !== undefined) {
    const hasSameEnds = given.includesLower === wanted.includesLower && given.includesUpper === wanted.includesUpper;
    return !hasSameEnds && isSame(given.lower, wanted.lower) && isSame(given.upper, wanted.upper);
  }
  if (answer.kind === 'relation' && gold.kind === 'relation') {
    const strict = (operators: readonly RelationOperator[]) => operators.map((one) => one.replace('=', '')).join(' ');
    return (
      answer.operators.every((operator) => /^[<>]/.test(operator)) &&
      answer.operators.join() !== gold.operators.join() &&
      strict(answer.operators) === strict(gold.operators) &&
      answer.operands.every((operand, index) => isSame(operand, gold.operands[index]!))
    );
  }
  if (answer.kind === 'set-operation' && gold.kind === 'set-operation') {
    if (answer.operator !== gold.operator || answer.operands.length !== gold.operands.length) return false;
    const pairs = answer.operands.map((operand, index) => [operand, gold.operands[index]!] as const);
    const others = pairs.filter(([left, right]) => !isSame(left, right));
    return others.length > 0 && others.every(([left, right]) => hasOtherEnds(left, right));
  }
  return false;
}

type Interval = Extract<Expression, { kind: 'interval' }>;

/** An interval; (0, 1) was read as a pair and is one beside another interval. */
function asInterval(one: Expression, beside: Expression): Interval | undefined {
  if (one.kind === 'interval') return one;
  if (one.kind !== 'tuple' || one.items.length !== 2 || beside.kind !== 'interval') return undefined;
  const [lower, upper] = one.items as [Expression, Expression];
  return { kind: 'interval', lower, upper, includesLower: false, includesUpper: false };
}
