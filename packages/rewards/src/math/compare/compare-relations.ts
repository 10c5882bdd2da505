import type { Expression, RelationOperator } from '../expression/expression.ts';
import { assignmentsOf, isInequality, listItems, nameKey } from './answer-form.ts';
import { compareAsSets, compareInOrder, type CompareItems, type Sides } from './compare-collections.ts';
import { compareRealSets } from './compare-real-sets.ts';
import { compareUpToFactor } from './compare-sampled.ts';
import { compareScalars } from './compare-scalars.ts';
import type { Comparing, Equality } from './comparison.ts';
import { realPieces, subjectOf } from './real-sets.ts';

type Relation = Extract<Expression, { kind: 'relation' }>;

/**
 * Whether two statements say the same: assignments by name and value; inequalities in one quantity by the set they describe;
 * other relations by their sides, turned round or scaled where that changes nothing; several of them in any order.
 */
export function compareStatements(sides: Sides<Expression>, comparing: Comparing, compare: CompareItems): Equality {
  const [gold, answer] = sides;
  const ranges = compareRanges(sides, comparing, compare);
  if (ranges !== undefined) return ranges;
  if (gold.kind === 'relation' && answer.kind === 'relation')
    return compareRelations([gold, answer], comparing, compare);
  const goldParts = gold.kind === 'logic' ? gold.operands : listItems(gold);
  const answerParts = answer.kind === 'logic' ? answer.operands : listItems(answer);
  return compareAsSets([goldParts, answerParts], comparing, (one, other, state) =>
    one.kind === 'relation' && other.kind === 'relation'
      ? compareRelations([one, other], state, compare)
      : compare(one, other, state),
  );
}

/** Inequalities in the same quantity, as sets of real numbers; `undefined` when they cannot be read so. */
function compareRanges(
  [gold, answer]: Sides<Expression>,
  comparing: Comparing,
  compare: CompareItems,
): Equality | undefined {
  if (!isRange(gold) || !isRange(answer)) return undefined;
  const [goldSubject, answerSubject] = [subjectName(gold), subjectName(answer)];
  if (goldSubject === undefined || answerSubject === undefined) return undefined;
  if (comparing.options.strict && goldSubject !== answerSubject) return undefined;
  const [left, right] = [realPieces(gold), realPieces(answer)];
  if (left === undefined || right === undefined) return undefined;
  comparing.hasParts = true;
  const equality = compareRealSets([left, right], comparing, compare);
  return equality === 'unknown' ? undefined : equality;
}

function isRange(expression: Expression): boolean {
  return expression.kind === 'list' ? expression.items.every(isInequality) : isInequality(expression);
}

// |x| and -x are about x.
function subjectName(expression: Expression): string | undefined {
  let subject = subjectOf(expression);
  while (subject?.kind === 'absolute' || subject?.kind === 'negate') subject = subject.operand;
  return subject === undefined ? undefined : nameKey(subject);
}

const turnedRound: Partial<Record<RelationOperator, RelationOperator>> = {
  '<': '>',
  '>': '<',
  '<=': '>=',
  '>=': '<=',
  '=': '=',
  '!=': '!=',
  '~=': '~=',
  subset: 'superset',
  superset: 'subset',
  parallel: 'parallel',
  perpendicular: 'perpendicular',
  similar: 'similar',
};

function compareRelations([gold, answer]: Sides<Relation>, comparing: Comparing, compare: CompareItems): Equality {
  const [goldAssignments, answerAssignments] = [assignmentsOf(gold), assignmentsOf(answer)];
  const goldOne = goldAssignments?.[0];
  const answerOne = answerAssignments?.[0];
  if (goldOne !== undefined && answerOne !== undefined) {
    const sameName = compare(goldOne.name, answerOne.name, comparing);
    if (sameName === 'equal' || !comparing.options.strict) return compare(goldOne.value, answerOne.value, comparing);
    if (gold.operands.length > 2 || answer.operands.length > 2) return 'different';
  }
  if (gold.operands.length !== answer.operands.length) return 'different';
  const direct = isSameOrder(gold.operators, answer.operators)
    ? compareInOrder([gold.operands, answer.operands], comparing, compare)
    : 'different';
  if (direct === 'equal') return direct;
  const turned = [...answer.operators].reverse().map((operator) => turnedRound[operator]);
  if (isSameOrder(gold.operators, turned)) {
    const reversed = compareInOrder([gold.operands, [...answer.operands].reverse()], comparing, compare);
    if (reversed === 'equal') return reversed;
  }
  comparing.hasParts = true;
  if (gold.operators.length > 1) return direct;
  const scaled = compareScaled(gold, answer, comparing);
  return scaled === 'different' && direct === 'unknown' ? 'unknown' : scaled;
}

function isSameOrder(gold: readonly RelationOperator[], answer: readonly (RelationOperator | undefined)[]): boolean {
  return gold.length === answer.length && gold.every((operator, index) => operator === answer[index]);
}

/** `x^2/4 + y^2/3 = 1` is `x^2/16 + y^2/12 = 1/4`, and `x < 1` is `-x > -1`: the differences of their sides are proportional. */
function compareScaled(gold: Relation, answer: Relation, comparing: Comparing): Equality {
  const [operator] = gold.operators;
  const [other] = answer.operators;
  if (operator === undefined || other === undefined) return 'different';
  const difference = ({ operands: [left, right] }: Relation): Expression => ({
    kind: 'add',
    terms: [left!, { kind: 'negate', operand: right! }],
  });
  const isSymmetric = operator === '=' || operator === '!=';
  const isOrder = ['<', '<=', '>', '>='].includes(operator);
  if (!isSymmetric && !isOrder) return 'different';
  const isTurned = other === turnedRound[operator];
  if (operator !== other && !isTurned) return 'different';
  const sign = isSymmetric ? undefined : operator === other ? 1 : -1;
  const [left, right] = [difference(gold), difference(answer)];
  if (sign !== -1 && compareScalars(left, right, { ...comparing }) === 'equal') return 'equal';
  return compareUpToFactor([left, right], sign, comparing);
}
