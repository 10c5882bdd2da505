import type { Expression, RelationOperator } from '../expression/expression.ts';
import { rational } from '../rational.ts';
import { isInequality, isName } from './answer-form.ts';
import { realValue } from './compare-scalars.ts';

/** A piece of the real line; `from` and `to` are its ends as numbers, for their order only. */
export interface RealPiece {
  readonly lower: Expression;
  readonly upper: Expression;
  readonly includesLower: boolean;
  readonly includesUpper: boolean;
  readonly from: number;
  readonly to: number;
}

const infinity: Expression = { kind: 'constant', name: 'infinity' };
const minusInfinity: Expression = { kind: 'negate', operand: infinity };
const zero: Expression = { kind: 'number', value: rational(0n), decimals: undefined };
const everything = piece([minusInfinity, infinity], false, false)!;
/** Most pieces a set may have. */
const maximumPieces = 200;

/**
 * A set of real numbers as separate pieces in order: intervals, their unions, intersections and differences, sets of
 * numbers, and inequalities in one quantity (`1 < x ≤ 2`, `|x| > 3`, `2x + 1 < 5`, `x ≠ 0`). `undefined` when it is
 * something else, or has ends that are no known numbers.
 */
export function realPieces(expression: Expression): readonly RealPiece[] | undefined {
  const pieces = read(expression);
  return pieces === undefined || pieces.length > maximumPieces ? undefined : merge(pieces);
}

function read(expression: Expression): readonly RealPiece[] | undefined {
  switch (expression.kind) {
    case 'interval':
      return one(piece([expression.lower, expression.upper], expression.includesLower, expression.includesUpper));
    case 'tuple':
      // (1, 2) is an open interval where a set is meant.
      return expression.items.length === 2
        ? one(piece([expression.items[0]!, expression.items[1]!], false, false))
        : undefined;
    case 'set':
      return all(expression.items, (item) => one(piece([item, item], true, true)));
    case 'constant':
      if (expression.name === 'reals') return [everything];
      return expression.name === 'empty-set' ? [] : undefined;
    case 'set-operation': {
      const operands: (readonly RealPiece[])[] = [];
      for (const operand of expression.operands) {
        const pieces = read(operand);
        if (pieces === undefined || pieces.length > maximumPieces) return undefined;
        operands.push(pieces);
      }
      const [first = [], ...rest] = operands;
      if (expression.operator === 'union') return operands.flat();
      return rest.reduce(
        (left, right) =>
          expression.operator === 'intersection' ? intersect(left, right) : intersect(left, complement(right)),
        first,
      );
    }
    case 'logic': {
      const operands: (readonly RealPiece[])[] = [];
      for (const operand of expression.operands) {
        const pieces = read(operand);
        if (pieces === undefined) return undefined;
        operands.push(pieces);
      }
      return expression.operator === 'or' ? operands.flat() : operands.reduce(intersect, [everything]);
    }
    case 'list':
      // "x < 1, x > 2" as two ranges; "x > 1, x ≠ 2" as conditions.
      return expression.items.every(isInequality)
        ? read({ kind: 'logic', operator: expression.items.some(isUnequal) ? 'and' : 'or', operands: expression.items })
        : undefined;
    case 'relation':
      return relationPieces(expression.operands, expression.operators);
    default:
      return undefined;
  }
}

function isUnequal(expression: Expression): boolean {
  return expression.kind === 'relation' && expression.operators.includes('!=');
}

/** The variable quantity that an inequality is about, in one spelling; `undefined` when there is none. */
export function subjectOf(expression: Expression): Expression | undefined {
  switch (expression.kind) {
    case 'relation':
      return expression.operands.find((operand) => realValue(operand) === undefined);
    case 'logic':
    case 'list':
      return subjectOf((expression.kind === 'logic' ? expression.operands : expression.items)[0]!);
    default:
      return undefined;
  }
}

function relationPieces(
  operands: readonly Expression[],
  operators: readonly RelationOperator[],
): readonly RealPiece[] | undefined {
  if (operators.length === 1 && operators[0] === 'in') return read(operands[1]!);
  const unknown = operands.filter((operand) => realValue(operand) === undefined);
  const [subject] = unknown;
  if (unknown.length !== 1 || subject === undefined || operands.length > 3) return undefined;
  const at = operands.indexOf(subject);
  if (operands.length === 3 && at !== 1) return undefined;
  let pieces: readonly RealPiece[] = [everything];
  for (const [index, operator] of operators.entries()) {
    // The subject on the left: x < 3, or on the right: 3 > x.
    const bound = index === at ? operands[at + 1] : operands[index];
    const read = bound === undefined ? undefined : halfLine(index === at ? operator : flipped[operator], bound);
    if (read === undefined) return undefined;
    pieces = intersect(pieces, read);
  }
  return solveFor(subject, pieces);
}

const flipped: Partial<Record<RelationOperator, RelationOperator>> = {
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
  '=': '=',
  '!=': '!=',
};

function halfLine(operator: RelationOperator | undefined, bound: Expression): readonly RealPiece[] | undefined {
  switch (operator) {
    case '<':
    case '<=':
      return one(piece([minusInfinity, bound], false, operator === '<='));
    case '>':
    case '>=':
      return one(piece([bound, infinity], operator === '>=', false));
    case '=':
      return one(piece([bound, bound], true, true));
    case '!=':
      return one(piece([bound, bound], true, true))?.flatMap((point) => complement([point]));
    default:
      return undefined;
  }
}

/** Where the subject itself lies: |x| unfolded, `-x` turned round, anything else a quantity of its own. */
function solveFor(subject: Expression, pieces: readonly RealPiece[]): readonly RealPiece[] | undefined {
  if (subject.kind === 'absolute') {
    const positive = intersect(pieces, [piece([zero, infinity], true, false)!]);
    return [...positive, ...positive.map(turned)];
  }
  if (subject.kind === 'negate') return solveFor(subject.operand, pieces.map(turned));
  return isName(subject) || subject.kind === 'call' ? pieces : undefined;
}

function turned(one: RealPiece): RealPiece {
  return {
    lower: negated(one.upper),
    upper: negated(one.lower),
    includesLower: one.includesUpper,
    includesUpper: one.includesLower,
    from: -one.to,
    to: -one.from,
  };
}

function negated(expression: Expression): Expression {
  return expression.kind === 'negate' ? expression.operand : { kind: 'negate', operand: expression };
}

function one(read: RealPiece | undefined): readonly RealPiece[] | undefined {
  if (read === undefined) return undefined;
  return isEmpty(read) ? [] : [read];
}

function isEmpty({ from, to, includesLower, includesUpper }: RealPiece): boolean {
  return from > to || (from === to && !(includesLower && includesUpper));
}

function all<T>(
  items: readonly T[],
  readItem: (item: T) => readonly RealPiece[] | undefined,
): readonly RealPiece[] | undefined {
  const pieces: RealPiece[] = [];
  if (items.length > maximumPieces) return undefined;
  for (const item of items) {
    const read = readItem(item);
    if (read === undefined) return undefined;
    pieces.push(...read);
  }
  return pieces;
}

function piece(
  [lower, upper]: readonly [lower: Expression, upper: Expression],
  includesLower: boolean,
  includesUpper: boolean,
): RealPiece | undefined {
  const from = realValue(lower);
  const to = realValue(upper);
  if (from === undefined || to === undefined) return undefined;
  // No number is infinite.
  return {
    lower,
    upper,
    from,
    to,
    includesLower: includesLower && from !== -Infinity,
    includesUpper: includesUpper && to !== Infinity,
  };
}

function intersect(left: readonly RealPiece[], right: readonly RealPiece[]): readonly RealPiece[] {
  const pieces: RealPiece[] = [];
  for (const a of left) {
    for (const b of right) {
      const low = a.from > b.from || (a.from === b.from && !a.includesLower) ? a : b;
      const high = a.to < b.to || (a.to === b.to && !a.includesUpper) ? a : b;
      const both: RealPiece = {
        lower: low.lower,
        from: low.from,
        includesLower: low.includesLower,
        upper: high.upper,
        to: high.to,
        includesUpper: high.includesUpper,
      };
      if (!isEmpty(both)) pieces.push(both);
    }
  }
  return pieces;
}

function complement(pieces: readonly RealPiece[]): readonly RealPiece[] {
  return pieces.reduce<readonly RealPiece[]>(
    (rest, { lower, upper, from, to, includesLower, includesUpper }) =>
      intersect(
        rest,
        [
          { ...everything, upper: lower, to: from, includesUpper: !includesLower && from !== -Infinity },
          { ...everything, lower: upper, from: to, includesLower: !includesUpper && to !== Infinity },
        ].filter((one) => !isEmpty(one)),
      ),
    [everything],
  );
}

function merge(pieces: readonly RealPiece[]): readonly RealPiece[] {
  const sorted = [...pieces].sort((a, b) => a.from - b.from || Number(b.includesLower) - Number(a.includesLower));
  const merged: RealPiece[] = [];
  for (const next of sorted) {
    const before = merged.at(-1);
    const isJoined =
      before !== undefined &&
      (next.from < before.to || (next.from === before.to && (next.includesLower || before.includesUpper)));
    if (!isJoined) merged.push(next);
    else if (next.to > before.to || (next.to === before.to && next.includesUpper)) {
      merged[merged.length - 1] = { ...before, upper: next.upper, to: next.to, includesUpper: next.includesUpper };
    }
  }
  return merged;
}
