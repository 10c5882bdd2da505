import { OverBudget, type Rational, rational } from '../rational.ts';
import type { NumberExpression } from './expression.ts';

/** A number in the source and the length of its spelling. */
export interface Literal {
  readonly number: NumberExpression;
  readonly length: number;
}

/** Where a number stands: whether commas and spaces may separate its thousands there, and a comma its decimals. */
export interface LiteralPlace {
  readonly separators: boolean;
  readonly decimalComma: boolean;
}

// Separators before exactly three digits. `{,}`, `,\!` and `\,` separate nothing but thousands; a plain comma or
// space could also separate the values of a list, and does inside brackets.
const tight = /\d{1,3}(?:(?:\{,\}|,\\!\s{0,8}|\\,|\u2009|\u202f|\u00a0)\d{3}){1,400}(?!\d)/y;
const grouped = /\d{1,3}(?:(?:,\d{3}){1,400}|(?: \d{3}){1,400})(?![, ]?\d)/y;
const commaDecimal = /\d+,\d+(?![\d,])/y;
const digits = /\d+/y;
const fraction = /\.(\d+)(?!\.\d)/y;
const repeating = /\\(?:overline|bar|dot)\s?\{\s?(\d{1,100})\s?\}/y;
const exponent = /(?:E|(e))([-+]?)(\d{1,7})(?![\d.]|[A-Za-z])/y;

/** Most digits a number may be written with. */
const maximumDigits = 10_000;
const maximumExponent = 2000;

/**
 * The number written at `start`: `1234`, `1,234.5`, `1{,}234`, `.5`, `2.5E2`, `0.1\overline{6}`. `undefined` where
 * there is none; throws `OverBudget` for one with too many digits.
 */
export function readLiteral(text: string, start: number, place: LiteralPlace): Literal | undefined {
  if (place.decimalComma) {
    const comma = matchAt(text, commaDecimal, start);
    if (comma !== null) return decimalWithComma(comma[0]);
  }
  const whole = wholePart(text, start, place);
  let position = start + (whole?.length ?? 0);
  const point = matchAt(text, fraction, position);
  if (whole === undefined && point === null) {
    return text[start] === '.' ? onlyRepeating(text, start) : undefined;
  }
  // `0,333` is a decimal number: no thousands start with a zero.
  if (point === null && whole?.startsWith('0,')) return decimalWithComma(whole);
  position += point?.[0].length ?? 0;
  const front = (whole ?? '0').replace(/\D/g, '');
  const back = point?.[1] ?? '';
  if (front.length + back.length > maximumDigits) throw new OverBudget('a number in it has too many digits');
  const again = matchAt(text, repeating, point === null && text[position] === '.' ? position + 1 : position);
  if (again !== null && (point !== null || text[position] === '.')) {
    const end = again.index + again[0].length;
    return { number: exact(repeatingValue(front + back, back.length, again[1] ?? '')), length: end - start };
  }
  const scale = matchAt(text, exponent, position);
  if (scale !== null && isScientific({ front, back, scale })) {
    const power = Number(`${scale[2]}${scale[3]}`);
    if (Math.abs(power) > maximumExponent) throw new OverBudget('an exponent in it is too large');
    return { number: exact(scaled(front + back, power - back.length)), length: position - start + scale[0].length };
  }
  const value = scaled(front + back, -back.length);
  const number: NumberExpression = { kind: 'number', value, decimals: point === null ? undefined : back.length };
  return { number, length: position - start };
}

function matchAt(text: string, pattern: RegExp, position: number): RegExpExecArray | null {
  pattern.lastIndex = position;
  return pattern.exec(text);
}

function wholePart(text: string, start: number, { separators }: LiteralPlace): string | undefined {
  for (const pattern of separators ? [tight, grouped, digits] : [tight, digits]) {
    const match = matchAt(text, pattern, start);
    if (match !== null) return match[0];
  }
  return undefined;
}

// `0.\overline{3}` has been seen as far as its point.
function onlyRepeating(text: string, start: number): Literal | undefined {
  const match = matchAt(text, repeating, start + 1);
  if (match === null) return undefined;
  return { number: exact(repeatingValue('', 0, match[1] ?? '')), length: match[0].length + 1 };
}

function decimalWithComma(text: string): Literal {
  const [front = '', back = ''] = text.split(',');
  return {
    number: { kind: 'number', value: scaled(front + back, -back.length), decimals: back.length },
    length: text.length,
  };
}

/** Digits in front, of which `decimals` stand after the point, then `period` for ever. */
function repeatingValue(front: string, decimals: number, period: string): Rational {
  const nines = 10n ** BigInt(period.length) - 1n;
  const whole = BigInt(front === '' ? 0 : front) * nines + BigInt(period);
  return rational(whole, nines * 10n ** BigInt(decimals));
}

// `2e-1` may be two times Euler's number less one; `1e-3`, `2.5e-1` and `5e05` are not.
function isScientific(literal: { front: string; back: string; scale: RegExpExecArray }): boolean {
  const [, small, sign, power] = literal.scale;
  if (small === undefined || sign === '') return true;
  return literal.back !== '' || literal.front === '1' || (power ?? '').length > 1;
}

function scaled(written: string, power: number): Rational {
  const mantissa = BigInt(written);
  return power < 0 ? rational(mantissa, 10n ** BigInt(-power)) : rational(mantissa * 10n ** BigInt(power));
}

function exact(value: Rational): NumberExpression {
  return { kind: 'number', value, decimals: undefined };
}
