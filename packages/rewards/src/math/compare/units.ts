import type { Expression } from '../expression/expression.ts';
import { multiply, type Rational, rational } from '../rational.ts';

type Dimension = 'length' | 'area' | 'volume' | 'mass' | 'time' | 'money';

const lengths: Readonly<Record<string, Rational>> = {
  mm: rational(1n, 1000n),
  cm: rational(1n, 100n),
  dm: rational(1n, 10n),
  m: rational(1n),
  km: rational(1000n),
  in: rational(254n, 10_000n),
  ft: rational(3048n, 10_000n),
  yd: rational(9144n, 10_000n),
  mi: rational(1_609_344n, 1000n),
};

const others: Readonly<Record<string, readonly [Dimension, Rational]>> = {
  mg: ['mass', rational(1n, 1000n)],
  g: ['mass', rational(1n)],
  kg: ['mass', rational(1000n)],
  ms: ['time', rational(1n, 1000n)],
  s: ['time', rational(1n)],
  min: ['time', rational(60n)],
  h: ['time', rational(3600n)],
  mL: ['volume', rational(1n, 1_000_000n)],
  L: ['volume', rational(1n, 1000n)],
  cent: ['money', rational(1n, 100n)],
  dollar: ['money', rational(1n)],
};

function measure(unit: string): readonly [Dimension, Rational] | undefined {
  if (Object.hasOwn(others, unit)) return others[unit];
  const [, base = '', power] = /^([a-z]+)(?:\^?([23]))?$/.exec(unit) ?? [];
  const length = Object.hasOwn(lengths, base) ? lengths[base] : undefined;
  if (length === undefined) return undefined;
  if (power === '2') return ['area', multiply(length, length)];
  if (power === '3') return ['volume', multiply(length, multiply(length, length))];
  return ['length', length];
}

/**
 * Both values without their units: in one unit when both have units of measure (5 cm is 50 mm), `different` when these measure
 * different things. A unit on one side only, and words that are no units of measure, do not count.
 */
export function compareUnits(gold: Expression, answer: Expression): 'different' | readonly [Expression, Expression] {
  const [left, right] = [strip(gold, answer), strip(answer, gold)];
  if (left.unit === undefined || right.unit === undefined || left.unit === right.unit) return [left.value, right.value];
  if (left.unit.startsWith('base ') && right.unit.startsWith('base ')) return 'different';
  const [goldMeasure, answerMeasure] = [measure(left.unit), measure(right.unit)];
  if (goldMeasure === undefined || answerMeasure === undefined) return [left.value, right.value];
  if (goldMeasure[0] !== answerMeasure[0]) return 'different';
  return [scaled(left.value, goldMeasure[1]), scaled(right.value, answerMeasure[1])];
}

function strip(
  expression: Expression,
  other: Expression,
): { readonly value: Expression; readonly unit: string | undefined } {
  // Beside a number, the m of 5m is a unit: as a variable it could not be right.
  if (expression.kind === 'multiply' && isNumber(other)) {
    const [value, letter, ...rest] = expression.factors;
    const isUnit = letter?.kind === 'symbol' && unitLetters.has(letter.name) && rest.length === 0;
    if (isUnit && value !== undefined && isNumber(value)) return { value, unit: letter.name };
  }
  if (expression.kind === 'quantity') return { value: expression.value, unit: expression.unit };
  if (expression.kind === 'negate' && expression.operand.kind === 'quantity') {
    return { value: { kind: 'negate', operand: expression.operand.value }, unit: expression.operand.unit };
  }
  return { value: expression, unit: undefined };
}

const unitLetters = new Set(['m', 'g', 's', 'h', 'L', 'l', 'N', 'J', 'W', 'V']);

function isNumber(expression: Expression): boolean {
  if (expression.kind === 'number') return true;
  if (expression.kind === 'negate') return isNumber(expression.operand);
  return expression.kind === 'divide' && isNumber(expression.numerator) && isNumber(expression.denominator);
}

function scaled(value: Expression, factor: Rational): Expression {
  return { kind: 'multiply', factors: [value, { kind: 'number', value: factor, decimals: undefined }] };
}
