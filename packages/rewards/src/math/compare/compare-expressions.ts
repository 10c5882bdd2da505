import type { Expression } from '../expression/expression.ts';
import {
  isEquation,
  isInequality,
  isName,
  isStatement,
  assignmentsOf,
  assignedValues,
  listItems,
  settle,
  statedValue,
} from './answer-form.ts';
import { compareAsSets, compareInOrder, compareMatrices } from './compare-collections.ts';
import { compareRealSets } from './compare-real-sets.ts';
import { compareStatements } from './compare-relations.ts';
import { compareScalars, isNumeric } from './compare-scalars.ts';
import { compareWords, wordsOf } from './compare-words.ts';
import { type Comparing, type Equality, every, some } from './comparison.ts';
import { realPieces } from './real-sets.ts';

/**
 * Whether an answer is the reference answer (gold). What the reference states decides the form: an assignment is taken apart
 * when only one side has it, an inequality is an interval where the other side is one.
 */
export function compareExpressions(gold: Expression, answer: Expression, comparing: Comparing): Equality {
  // A reference that says where x lies is a condition, and may be met by one.
  const isCondition = gold.kind === 'relation' && gold.operators.includes('in');
  if (isCondition) comparing.options = { ...comparing.options, relationsAsSets: true };
  return compareSettled(settle(gold), settle(answer), comparing);
}

/** Answers inside of answers are compared up to this depth. */
const maximumDepth = 12;

function compareSettled(gold: Expression, answer: Expression, comparing: Comparing): Equality {
  if (comparing.depth >= maximumDepth) return 'different';
  comparing.depth++;
  const equality = compareForms(gold, answer, comparing);
  comparing.depth--;
  return equality;
}

function compareForms(gold: Expression, answer: Expression, comparing: Comparing): Equality {
  const isGoldStatement = isStatement(gold);
  const isAnswerStatement = isStatement(answer);
  if (isGoldStatement && isAnswerStatement) {
    const [goldValues, answerValues] = [assignmentsOf(gold), assignmentsOf(answer)];
    // p = 5, q = 2 and p = 7, q = 2: which p goes with which q matters.
    if (goldValues !== undefined && answerValues !== undefined && goldValues.length > 1) {
      const direct = compareNamed(gold, answer, comparing);
      if (direct !== 'different') return direct;
    }
    const chain = compareChains(gold, answer, comparing);
    if (chain !== undefined) return chain;
    return compareStatements([gold, answer], comparing, compareValues);
  }
  if (isAnswerStatement) return compareStatedAnswer(gold, answer, comparing);
  if (isGoldStatement) return compareStatedGold(gold, answer, comparing);
  return compareValues(gold, answer, comparing);
}

function compareNamed(gold: Expression, answer: Expression, comparing: Comparing): Equality {
  const goldNamed = assignmentsOf(gold) ?? [];
  const answerNamed = assignmentsOf(answer) ?? [];
  const goldRows = assignedValues(goldNamed);
  const answerRows = assignedValues(answerNamed);
  if (goldRows.kind !== 'list' || goldRows.items[0]?.kind !== 'tuple') {
    return compareStatements([gold, answer], comparing, compareValues);
  }
  const names = compareInOrder(
    [goldNamed.map(({ name }) => name), answerNamed.map(({ name }) => name)],
    comparing,
    compareValues,
  );
  return names === 'equal' ? compareValues(goldRows, answerRows, comparing) : names;
}

// Longer chains state their last side: z = 1 + 1 = 2.
function compareChains(gold: Expression, answer: Expression, comparing: Comparing): Equality | undefined {
  if (!isEquation(gold) || !isEquation(answer)) return undefined;
  if (isNumericChain(gold) || isNumericChain(answer)) {
    return compareSettled(chainValue(gold), chainValue(answer), comparing);
  }
  return undefined;
}

function compareStatedAnswer(gold: Expression, answer: Expression, comparing: Comparing): Equality {
  if (isInequality(answer) || (answer.kind === 'list' && answer.items.some(isInequality))) {
    if (!comparing.options.relationsAsSets || !isSetLike(gold)) return 'different';
    return compareSets(gold, answer, comparing);
  }
  if (isEquation(answer) && isNumericChain(answer)) {
    const sides = answer.operands;
    const last = sides.at(-1)!;
    // "8 = 7" is no 7: what is equated must be equal, or rounded.
    const isTrue = every(sides.slice(0, -1), (side) => compareRounded(side, last, comparing));
    if (isTrue !== 'equal') return isTrue;
    return some([last, ...sides.slice(0, -1)], (side) => compareValues(gold, side, comparing));
  }
  return compareStated(gold, statedValue(answer), comparing);
}

// What still states something after its value was taken (`A ⊂ B`) is no value.
function compareStated(gold: Expression, answer: Expression, comparing: Comparing): Equality {
  return isStatement(gold) || isStatement(answer) ? 'different' : compareValues(gold, answer, comparing);
}

function compareRounded(side: Expression, result: Expression, comparing: Comparing): Equality {
  const decimals = result.kind === 'number' ? result.decimals : undefined;
  const places = comparing.options.decimalPlaces;
  const options =
    decimals === undefined || places === null || decimals >= places
      ? comparing.options
      : { ...comparing.options, decimalPlaces: decimals };
  return compareScalars(side, result, { ...comparing, options });
}

function compareStatedGold(gold: Expression, answer: Expression, comparing: Comparing): Equality {
  if (isInequality(gold) || (gold.kind === 'list' && gold.items.some(isInequality)))
    return compareSets(gold, answer, comparing);
  if (isEquation(gold)) {
    const [name] = gold.operands;
    const isStated = gold.operands.length > 2 || isNumericChain(gold) || (name !== undefined && isName(name));
    return isStated ? compareStated(chainValue(gold), answer, comparing) : 'different';
  }
  return compareStated(statedValue(gold), answer, comparing);
}

function isNumericChain(expression: Expression): boolean {
  return isEquation(expression) && expression.operands.every(isNumeric);
}

function chainValue(expression: Expression): Expression {
  return isEquation(expression) ? expression.operands.at(-1)! : expression;
}

function isSetLike(expression: Expression): boolean {
  return ['interval', 'set-operation', 'set', 'tuple'].includes(expression.kind);
}

function compareSets(gold: Expression, answer: Expression, comparing: Comparing): Equality {
  const [left, right] = [realPieces(gold), realPieces(answer)];
  if (left === undefined || right === undefined) return 'different';
  comparing.hasParts = true;
  return compareRealSets([left, right], comparing, compareValues);
}

/** Compares two answers that state nothing but a value. */
function compareValues(gold: Expression, answer: Expression, comparing: Comparing): Equality {
  if (isStatement(gold) || isStatement(answer)) return compareSettled(gold, answer, comparing);
  if (gold.kind === 'matrix' || answer.kind === 'matrix') return compareWithMatrix(gold, answer, comparing);
  const isCollection = isCollected(gold) || isCollected(answer);
  if (isCollection) {
    comparing.hasParts = true;
    return compareCollections(gold, answer, comparing);
  }
  const words = compareWords(gold, answer);
  if (words !== undefined) {
    comparing.tier = 'text';
    return words;
  }
  return compareScalars(gold, answer, comparing);
}

function compareWithMatrix(gold: Expression, answer: Expression, comparing: Comparing): Equality {
  comparing.hasParts = true;
  if (gold.kind === 'matrix' && answer.kind === 'matrix')
    return compareMatrices([gold.rows, answer.rows], comparing, compareValues);
  const [matrix, other] = gold.kind === 'matrix' ? [gold, answer] : [answer, gold];
  // A column or a row is the tuple of its entries where it does not matter which.
  const isVector =
    matrix.kind === 'matrix' && (matrix.rows.length === 1 || matrix.rows.every((row) => row.length === 1));
  if (comparing.options.strict || !isVector || other.kind !== 'tuple' || matrix.kind !== 'matrix') {
    const isOne = matrix.kind === 'matrix' && matrix.rows.length === 1 && matrix.rows[0]!.length === 1;
    return isOne && !isCollected(other) ? compareValues(matrix.rows[0]![0]!, other, comparing) : 'different';
  }
  return compareInOrder([matrix.rows.flat(), other.items], comparing, compareValues);
}

function isCollected(expression: Expression): boolean {
  return (
    ['tuple', 'list', 'set', 'set-builder', 'interval', 'set-operation'].includes(expression.kind) ||
    isNamedSet(expression)
  );
}

function isNamedSet(expression: Expression): boolean {
  return (
    expression.kind === 'constant' &&
    ['empty-set', 'naturals', 'integers', 'rationals', 'reals', 'complexes'].includes(expression.name)
  );
}

function compareCollections(gold: Expression, answer: Expression, comparing: Comparing): Equality {
  const { strict, orderedLists } = comparing.options;
  if (gold.kind === 'set-builder' || answer.kind === 'set-builder') return compareBuilders(gold, answer, comparing);
  if (isLine(gold) || isLine(answer)) return compareLines(gold, answer, comparing);
  const [left, right] = [itemsOf(gold), itemsOf(answer)];
  if (left === undefined || right === undefined) return 'different';
  const hasTuple = gold.kind === 'tuple' || answer.kind === 'tuple';
  const hasSet = gold.kind === 'set' || answer.kind === 'set';
  if (hasTuple && !(hasSet && !strict)) {
    // One value in parentheses around a tuple of one is that value.
    return compareInOrder([left, right], comparing, compareValues);
  }
  if (orderedLists && gold.kind === 'list' && answer.kind === 'list')
    return compareInOrder([left, right], comparing, compareValues);
  return compareAsSets([left, right], comparing, compareValues);
}

function itemsOf(expression: Expression): readonly Expression[] | undefined {
  if (expression.kind === 'tuple' || expression.kind === 'set') return expression.items;
  if (expression.kind === 'constant' && expression.name === 'empty-set') return [];
  if (isCollected(expression) && expression.kind !== 'list') return undefined;
  return listItems(expression);
}

function isLine(expression: Expression): boolean {
  return expression.kind === 'interval' || expression.kind === 'set-operation' || isNamedSet(expression);
}

function compareLines(gold: Expression, answer: Expression, comparing: Comparing): Equality {
  const [left, right] = [realPieces(gold), realPieces(answer)];
  if (left !== undefined && right !== undefined) return compareRealSets([left, right], comparing, compareValues);
  if (gold.kind === 'interval' && (answer.kind === 'interval' || answer.kind === 'tuple'))
    return compareEnds(gold, answer, comparing);
  if (answer.kind === 'interval' && gold.kind === 'tuple') return compareEnds(answer, gold, comparing);
  if (gold.kind === 'constant' && answer.kind === 'constant') return gold.name === answer.name ? 'equal' : 'different';
  if (gold.kind === 'set-operation' && answer.kind === 'set-operation') {
    if (gold.operator !== answer.operator) return 'different';
    return gold.operator === 'difference'
      ? compareInOrder([gold.operands, answer.operands], comparing, compareValues)
      : compareAsSets([gold.operands, answer.operands], comparing, compareValues);
  }
  // Some reference answers write a point as (1, 2) and it was read as an interval.
  const items = gold.kind === 'interval' ? undefined : itemsOf(gold);
  if (answer.kind === 'interval' && items?.length === 2 && !answer.includesLower && !answer.includesUpper) {
    return compareInOrder([items, [answer.lower, answer.upper]], comparing, compareValues);
  }
  return 'different';
}

/** Intervals whose ends are no known numbers: (a, b + 1]. */
function compareEnds(
  gold: Extract<Expression, { kind: 'interval' }>,
  answer: Expression,
  comparing: Comparing,
): Equality {
  const other =
    answer.kind === 'interval'
      ? answer
      : answer.kind === 'tuple' && answer.items.length === 2
        ? { lower: answer.items[0]!, upper: answer.items[1]!, includesLower: false, includesUpper: false }
        : undefined;
  if (other === undefined) return 'different';
  if (gold.includesLower !== other.includesLower || gold.includesUpper !== other.includesUpper) return 'different';
  return compareInOrder(
    [
      [gold.lower, gold.upper],
      [other.lower, other.upper],
    ],
    comparing,
    compareValues,
  );
}

function compareBuilders(gold: Expression, answer: Expression, comparing: Comparing): Equality {
  if (gold.kind === 'set-builder' && answer.kind === 'set-builder') {
    return every([0, 1], (part) =>
      part === 0
        ? compareSettled(settle(gold.element), settle(answer.element), comparing)
        : compareSettled(settle(gold.condition), settle(answer.condition), comparing),
    );
  }
  // {x : 1 < x < 2} is (1, 2).
  const range = (one: Expression): Expression => (one.kind === 'set-builder' ? settle(one.condition) : one);
  return compareSets(range(gold), range(answer), comparing);
}

/** Whether an answer is words and nothing else. */
export function isWords(expression: Expression): boolean {
  return expression.kind === 'text' || (expression.kind !== 'constant' && wordsOf(expression) !== undefined);
}
