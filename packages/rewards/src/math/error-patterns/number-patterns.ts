import type { Complex } from 'complex.js';
import { isSame, realValue, sampleBoth } from '../expression-judge.ts';
import type { Expression } from '../expression/expression.ts';
import { hasSymbol } from '../expression/free-symbols.ts';
import { rational } from '../rational.ts';
import type { ErrorPattern } from './error-pattern.ts';

/** Patterns of an answer that is one number or formula and not the reference. */
export function numberPatterns(answer: Expression, gold: Expression): ErrorPattern[] {
  const pair: Pair = { left: bare(answer), right: bare(gold) };
  if (unitOf(answer) !== unitOf(gold) && isSame(pair.left, pair.right)) return ['unit_only'];
  const [a, g] = sampleBoth(pair.left, pair.right);
  const patterns: ErrorPattern[] = [];
  for (const { name, isNear, claims } of transformations) {
    // Near values are cheap to find and seldom; only these are compared for good.
    if (isNear(a, g) && claims(pair).some(([left, right]) => isSame(left, right))) patterns.push(name);
  }
  if (!isCountable(pair)) remove(patterns, 'off_by_one');
  if (isPercentMixUp(answer, gold, patterns)) patterns.push('percent_or_fraction');
  if (isRounded(pair.left, pair.right) || isRounded(pair.right, pair.left)) patterns.push('rounding_only');
  return patterns;
}

interface Pair {
  readonly left: Expression;
  readonly right: Expression;
}

interface Transformation {
  readonly name: ErrorPattern;
  /** Whether the values at a sample point fit. */
  readonly isNear: (answer: Complex, gold: Complex) => boolean;
  /** What would be equal; one of them suffices. */
  readonly claims: (pair: Pair) => readonly (readonly [Expression, Expression])[];
}

const transformations: readonly Transformation[] = [
  {
    name: 'sign_flipped',
    isNear: (a, g) => near(a, g.neg()),
    claims: ({ left, right }) => [[left, { kind: 'negate', operand: right }]],
  },
  {
    name: 'reciprocal',
    isNear: (a, g) => nearValue(a.mul(g), 1),
    claims: ({ left, right }) => [[left, { kind: 'divide', numerator: whole(1), denominator: right }]],
  },
  multiple('factor_2', 2, whole(2)),
  multiple('factor_10', 10, whole(10)),
  multiple('factor_100', 100, whole(100)),
  multiple('factor_1000', 1000, whole(1000)),
  {
    name: 'off_by_one',
    isNear: (a, g) => nearValue(a.sub(g), 1) || nearValue(g.sub(a), 1),
    claims: ({ left, right }) => [
      [left, { kind: 'add', terms: [right, whole(1)] }],
      [right, { kind: 'add', terms: [left, whole(1)] }],
    ],
  },
  multiple('degrees_or_radians', 180 / Math.PI, {
    kind: 'divide',
    numerator: whole(180),
    denominator: { kind: 'constant', name: 'pi' },
  }),
  {
    name: 'forgotten_square',
    isNear: (a, g) => near(a.mul(a), g),
    claims: ({ left, right }) => [[squared(left), right]],
  },
  {
    name: 'forgotten_square_root',
    isNear: (a, g) => near(a, g.mul(g)),
    claims: ({ left, right }) => [[left, squared(right)]],
  },
];

function multiple(name: ErrorPattern, value: number, factor: Expression): Transformation {
  const times = (one: Expression): Expression => ({ kind: 'multiply', factors: [one, factor] });
  return {
    name,
    isNear: (a, g) => near(a, g.mul(value)) || near(a.mul(value), g),
    claims: ({ left, right }) => [
      [left, times(right)],
      [times(left), right],
    ],
  };
}

function near(one: Complex, other: Complex): boolean {
  return one.sub(other).abs() <= 1e-7 * Math.max(one.abs(), other.abs());
}

function nearValue(one: Complex, value: number): boolean {
  return Math.abs(one.re - value) <= 1e-7 * value && Math.abs(one.im) <= 1e-7 * value;
}

/** Counting goes wrong by one, measuring does not: whole numbers, or formulas. */
function isCountable({ left, right }: Pair): boolean {
  return [left, right].every((one) => hasSymbol(one) || Number.isInteger(realValue(one)));
}

function isPercentMixUp(answer: Expression, gold: Expression, patterns: readonly ErrorPattern[]): boolean {
  const isPercent = [answer, gold].map(({ kind }) => kind === 'percent');
  // 28 for 28% is the same number with the sign left out.
  if (isPercent[0] !== isPercent[1] && isSame(bare(answer), bare(gold))) return true;
  if (!patterns.includes('factor_100')) return false;
  const smaller = Math.min(...[answer, gold].map((one) => Math.abs(realValue(bare(one)) ?? Number.POSITIVE_INFINITY)));
  return isPercent.includes(true) || smaller <= 1;
}

/** Whether `written` is a decimal number that `exact` rounds to, or is cut to. */
function isRounded(written: Expression, exact: Expression): boolean {
  const digits = writtenDecimals(written);
  if (digits === undefined || hasSymbol(exact)) return false;
  const value = realValue(exact);
  const shown = realValue(written);
  // Few digits say too little: 3 is not what pi was rounded to.
  if (value === undefined || shown === undefined || (digits === 0 && Math.abs(value) < 10)) return false;
  const unit = 10 ** -digits;
  const apart = Math.abs(value - shown);
  const isCut = Math.abs(shown) <= Math.abs(value) && apart < unit * (1 - 1e-9);
  return apart !== 0 && shown !== 0 && (isCut || apart <= unit * (0.5 + 1e-9));
}

function writtenDecimals(one: Expression): number | undefined {
  if (one.kind === 'negate') return writtenDecimals(one.operand);
  if (one.kind !== 'number') return undefined;
  return one.decimals ?? (one.value.denominator === 1n ? 0 : undefined);
}

function unitOf(one: Expression): string {
  return one.kind === 'quantity' ? one.unit : '';
}

/** Without unit and percent sign. */
function bare(one: Expression): Expression {
  if (one.kind === 'quantity') return bare(one.value);
  return one.kind === 'percent' ? bare(one.operand) : one;
}

function whole(value: number): Expression {
  return { kind: 'number', value: rational(BigInt(value)), decimals: undefined };
}

function squared(base: Expression): Expression {
  return { kind: 'power', base, exponent: whole(2) };
}

function remove<Item>(items: Item[], item: Item): void {
  const at = items.indexOf(item);
  if (at !== -1) items.splice(at, 1);
}
