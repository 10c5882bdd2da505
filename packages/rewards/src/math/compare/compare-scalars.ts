import type { Expression } from '../expression/expression.ts';
import { equals, multiply, type Rational, rational } from '../rational.ts';
import { formatExpression } from '../expression/format-expression.ts';
import { agree, manyDigits } from '../numeric/many-digits.ts';
import { childrenOf } from '../expression/free-symbols.ts';
import { mapChildren } from './answer-form.ts';
import type { Sides } from './compare-collections.ts';
import { asEquality, type Comparing, type Equality, every, some } from './comparison.ts';
import { isWithinDecimals, isWithinTolerance, toNumber } from './decimals.ts';
import { exactly, type ExactValue, isClosed, numericValue } from './evaluate.ts';
import { compareSampled, maximumSampledNodes } from './compare-sampled.ts';
import { nodeCount, variablesOf } from './sample-points.ts';
import { compareUnits } from './units.ts';

/** Largest expression that is evaluated. */
const maximumNodes = 20_000;

/** One way to read a value: with or without its percent sign taken as 1/100. */
interface Reading {
  readonly value: Expression;
  /** Digits after the point when it is a number written as a decimal. */
  readonly decimals: number | undefined;
}

/** Whether two values are the same number or formula; units of the same kind are converted, other words dropped. */
export function compareScalars(gold: Expression, answer: Expression, comparing: Comparing): Equality {
  if (--comparing.budget < 0) return outOfBudget(comparing, 'there are too many parts to compare');
  if (nodeCount(gold, maximumNodes) > maximumNodes || nodeCount(answer, maximumNodes) > maximumNodes) {
    return outOfBudget(comparing, 'the formula is too long');
  }
  if (holdsWords(answer) && !holdsWords(gold)) {
    const bare = withoutLeadIn(answer);
    comparing.tier = 'text';
    return bare === undefined ? 'different' : compareScalars(gold, bare, comparing);
  }
  const units = compareUnits(gold, answer);
  if (units === 'different') {
    comparing.tier = 'structure';
    return 'different';
  }
  const [left, right] = units;
  const goldReadings = readings(left, right, comparing);
  const answerReadings = readings(right, left, comparing);
  const pairs = goldReadings.flatMap((one) => answerReadings.map((other) => [one, other] as const));
  return some(pairs, ([one, other]) => compareReadings(one, other, comparing));
}

function holdsWords(expression: Expression): boolean {
  return expression.kind === 'text' || childrenOf(expression).some(holdsWords);
}

const leadIn =
  /^(?:(?:the|it|this|so|thus|answer|value|result|total|is|are|was|equals|equal to|about|approximately|approx\.?|around|roughly|exactly|only|just)[\s:,]*)+$/i;

/** "It is about" before a value does not change it; "not", and anything else, does. */
function withoutLeadIn(expression: Expression): Expression | undefined {
  if (expression.kind !== 'multiply') return undefined;
  const [words, first, ...rest] = expression.factors;
  if (words?.kind !== 'text' || !leadIn.test(words.text) || first === undefined) return undefined;
  const bare: Expression = rest.length === 0 ? first : { kind: 'multiply', factors: [first, ...rest] };
  return holdsWords(bare) ? undefined : bare;
}

function readings(value: Expression, other: Expression, { options }: Comparing): Reading[] {
  const percent = percentOf(value);
  if (percent === undefined) return [{ value, decimals: decimalsOf(value) }];
  const plain: Reading = { value: percent, decimals: decimalsOf(percent) };
  if (percentOf(other) !== undefined) return [plain];
  const hundredth: Expression = { kind: 'divide', numerator: percent, denominator: whole(100n) };
  const shifted = plain.decimals === undefined ? undefined : plain.decimals + 2;
  const scaled: Reading = { value: hundredth, decimals: shifted };
  return options.percentReadings === 'both' ? [plain, scaled] : [scaled];
}

/** What stands before a percent sign; a sign before the number stays with it. */
function percentOf(expression: Expression): Expression | undefined {
  if (expression.kind === 'percent') return expression.operand;
  if (expression.kind !== 'negate' || expression.operand.kind !== 'percent') return undefined;
  return { kind: 'negate', operand: expression.operand.operand };
}

function decimalsOf(expression: Expression): number | undefined {
  if (expression.kind === 'negate') return decimalsOf(expression.operand);
  return expression.kind === 'number' ? expression.decimals : undefined;
}

function compareReadings(gold: Reading, answer: Reading, comparing: Comparing): Equality {
  const [goldInfinity, answerInfinity] = [infinityOf(gold.value), infinityOf(answer.value)];
  if (goldInfinity !== undefined || answerInfinity !== undefined) {
    comparing.tier = 'exact';
    return asEquality(goldInfinity === answerInfinity);
  }
  const [left, right] = [exactly(gold.value), exactly(answer.value)];
  if (left.kind === 'undefined') return outOfBudget(comparing, 'the reference has no value');
  if (right.kind === 'undefined') {
    comparing.tier = 'exact';
    return 'different';
  }
  const decimals = gold.decimals ?? answer.decimals;
  if (left.kind === 'exact' && right.kind === 'exact') {
    comparing.tier = 'exact';
    if (equals(left.value, right.value)) return 'equal';
    if (decimals === undefined) return 'different';
    comparing.tier = 'decimal';
    return asEquality(isClose([left.value, right.value], [gold, answer], comparing));
  }
  const beyond = left.kind === 'over-budget' ? left : right;
  if (beyond.kind === 'over-budget') {
    const isSame = formatExpression(gold.value) === formatExpression(answer.value);
    return isSame ? 'equal' : outOfBudget(comparing, beyond.reason);
  }
  return compareInexact([gold, answer], [valueOf(left), valueOf(right)], comparing);
}

function valueOf(exact: ExactValue): Rational | undefined {
  return exact.kind === 'exact' ? exact.value : undefined;
}

function isClose(values: Sides<Rational>, [gold, answer]: Sides<Reading>, { options }: Comparing): boolean {
  if (options.decimalPlaces !== null && isWithinDecimals(values[0], values[1], options.decimalPlaces)) return true;
  if (options.relativeTolerance === null) return false;
  return isWithinTolerance(values, options.relativeTolerance, [gold.decimals, answer.decimals]);
}

/** Values with roots, constants, functions or variables in them. */
function compareInexact(sides: Sides<Reading>, exact: Sides<Rational | undefined>, comparing: Comparing): Equality {
  const [gold, answer] = sides;
  const [left, right] = [gold.value, answer.value];
  if (formatExpression(left) === formatExpression(right)) {
    comparing.tier = 'structure';
    return 'equal';
  }
  const parts = compareBound(left, right, comparing);
  if (parts === 'equal') {
    comparing.tier = 'structure';
    return parts;
  }
  const names = variablesOf([left, right]);
  if (names.length > 0) {
    comparing.tier = 'symbolic';
    if (nodeCount(left, maximumSampledNodes) + nodeCount(right, maximumSampledNodes) > maximumSampledNodes) {
      return outOfBudget(comparing, 'the formula is too long');
    }
    return compareSampled([left, right], names, comparing);
  }
  comparing.tier = 'numeric';
  if (gold.decimals !== undefined || answer.decimals !== undefined) return compareWithDecimal(sides, exact, comparing);
  const [goldDigits, answerDigits] = [manyDigits(left), manyDigits(right)];
  if (goldDigits !== undefined && answerDigits !== undefined) return asEquality(agree(goldDigits, answerDigits));
  return compareDoubles(left, right, comparing);
}

/** Sums, integrals, limits over the same range, by what they are taken of. */
function compareBound(gold: Expression, answer: Expression, comparing: Comparing): Equality {
  if (gold.kind !== 'bound' || answer.kind !== 'bound' || gold.operator !== answer.operator) return 'different';
  if (gold.direction !== answer.direction) return 'different';
  const ends = [
    [gold.lower, answer.lower],
    [gold.upper, answer.upper],
  ] as const;
  const body = renameSymbol(answer.body, answer.variable, gold.variable);
  return every([...ends, [gold.body, body] as const], ([one, other]) => {
    if (one === undefined || other === undefined) return asEquality(one === other);
    return compareScalars(one, other, comparing);
  });
}

function renameSymbol(expression: Expression, from: string, to: string): Expression {
  if (from === to) return expression;
  if (expression.kind === 'symbol' && expression.name === from) return { kind: 'symbol', name: to };
  return mapChildren(expression, (part) => renameSymbol(part, from, to));
}

function compareDoubles(gold: Expression, answer: Expression, comparing: Comparing): Equality {
  const [left, right] = [numericValue(gold), numericValue(answer)];
  if (left === undefined) return outOfBudget(comparing, 'the reference cannot be evaluated');
  if (right === undefined) return outOfBudget(comparing, 'the answer cannot be evaluated');
  const distance = Math.hypot(left.re - right.re, left.im - right.im);
  const size = Math.max(Math.hypot(left.re, left.im), Math.hypot(right.re, right.im));
  return asEquality(distance <= 1e-9 * size || (distance < 1e-14 && size < 1e-14));
}

/** A number written as a decimal against a constant: \sqrt{17} and 4.1231. */
function compareWithDecimal(
  sides: Sides<Reading>,
  [goldExact, answerExact]: Sides<Rational | undefined>,
  comparing: Comparing,
): Equality {
  const [gold, answer] = sides;
  comparing.tier = 'decimal';
  const [left, right] = [goldExact ?? asRational(gold.value), answerExact ?? asRational(answer.value)];
  if (left === 'complex' || right === 'complex') return 'different';
  if (left === undefined || right === undefined) return outOfBudget(comparing, 'a side cannot be evaluated');
  return asEquality(isClose([left, right], sides, comparing));
}

function asRational(value: Expression): Rational | 'complex' | undefined {
  const digits = manyDigits(value);
  if (digits !== undefined) return rational(digits, 1n << 320n);
  const number = numericValue(value);
  if (number === undefined) return undefined;
  if (Math.abs(number.im) > 1e-9 * Math.abs(number.re)) return 'complex';
  if (Math.abs(number.re) > 1e15 || !Number.isFinite(number.re)) return undefined;
  return rational(BigInt(Math.round(number.re * 1e12)), 10n ** 12n);
}

/** 1 or -1 for infinity with its sign, 0 for infinity in no direction; `undefined` for everything else. */
function infinityOf(expression: Expression): -1 | 0 | 1 | undefined {
  switch (expression.kind) {
    case 'constant':
      return expression.name === 'infinity' ? 1 : expression.name === 'complex-infinity' ? 0 : undefined;
    case 'negate': {
      const inner = infinityOf(expression.operand);
      return inner === undefined ? undefined : ((inner === 0 ? 0 : -inner) as -1 | 0 | 1);
    }
    case 'add':
      return expression.terms.length === 1 ? infinityOf(expression.terms[0]!) : undefined;
    default:
      return undefined;
  }
}

function outOfBudget(comparing: Comparing, problem: string): Equality {
  comparing.problem ??= problem;
  return 'unknown';
}

/** The exact value of a constant without roots and the like, units dropped; `undefined` for everything else. */
function exactValue(expression: Expression): Rational | undefined {
  if (expression.kind === 'quantity') return exactValue(expression.value);
  if (expression.kind === 'percent') {
    const value = exactValue(expression.operand);
    return value === undefined ? undefined : multiply(value, rational(1n, 100n));
  }
  if (!isScalar(expression)) return undefined;
  const result = exactly(expression);
  return result.kind === 'exact' ? result.value : undefined;
}

/** A key under which equal numbers are found; `undefined` for what is no exact number or may be rounded. */
export function exactKey(expression: Expression): string | undefined {
  if (expression.kind === 'percent' || expression.kind === 'quantity' || decimalsOf(expression) !== undefined)
    return undefined;
  const value = exactValue(expression);
  return value === undefined ? undefined : `${value.numerator}/${value.denominator}`;
}

/** The value of a real constant as a double, infinities too; `undefined` for everything else. */
export function realValue(expression: Expression): number | undefined {
  const infinite = infinityOf(expression);
  if (infinite !== undefined) return infinite === 0 ? undefined : infinite * Infinity;
  const exact = exactValue(expression);
  if (exact !== undefined) return toNumber(exact);
  if (!isScalar(expression) || !isClosed(expression)) return undefined;
  const value = numericValue(expression.kind === 'quantity' ? expression.value : expression);
  if (value === undefined || Math.abs(value.im) > 1e-9 * Math.abs(value.re)) return undefined;
  return value.re;
}

/** Whether an expression is a constant that has a value. */
export function isNumeric(expression: Expression): boolean {
  if (expression.kind === 'quantity' || expression.kind === 'percent') return exactValue(expression) !== undefined;
  return (
    isScalar(expression) &&
    isClosed(expression) &&
    (exactValue(expression) !== undefined || numericValue(expression) !== undefined)
  );
}

const scalars = new Set([
  'number',
  'constant',
  'add',
  'multiply',
  'negate',
  'divide',
  'power',
  'root',
  'factorial',
  'absolute',
  'call',
  'bound',
  'quantity',
  'percent',
  'symbol',
]);

function isScalar(expression: Expression): boolean {
  return scalars.has(expression.kind) && (expression.kind !== 'negate' || childrenOf(expression).every(isScalar));
}

function whole(value: bigint): Expression {
  return { kind: 'number', value: rational(value), decimals: undefined };
}
