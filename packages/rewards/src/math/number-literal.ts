import { type Rational, OverBudget, rational } from './rational.ts';

/** A number as written. */
export interface NumberLiteral {
  readonly value: Rational;
  /** Digits after the decimal point; `undefined` when there is no point. */
  readonly decimals: number | undefined;
  /** Characters it takes up. */
  readonly length: number;
}

// Separators of thousands must all be the same and stand before exactly three digits. A comma before one or two
// last digits is a decimal comma only where it cannot be a list of small numbers: after four or more digits.
const grouped = /(\d{1,3})((?:,\d{3})+|(?:[ \u2009\u202f]\d{3})+)(?![, \u2009\u202f]?\d)(\.\d+)?/y;
const indian = /(\d{1,2})((?:,\d{2})+,\d{3})(?!,?\d)(\.\d+)?/y;
const decimalComma = /(\d{4,}),(\d{1,2})(?![\d,])/y;
const plain = /(\d+)(?:\.(\d*))?|\.(\d+)/y;
const exponent = /[eE]([-+]?\d{1,6})(?![\d\w])/y;

/** Most digits a decimal fraction may have. */
const maximumDigits = 5000;

/**
 * The number written at `start`, or `undefined`. Knows `1234`, `1,234.5`, `1 234`, `1,00,000`, `1234,56`, `.5`, `5.`
 * and `1.5e3`. `separators` says whether thousands may be separated: inside parentheses a comma separates values.
 */
export function readNumber(text: string, start: number, separators: boolean): NumberLiteral | undefined {
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = start;
    return pattern.exec(text);
  };
  let whole: string;
  let fraction: string | undefined;
  let length: number;
  const group = separators ? (match(grouped) ?? match(indian)) : null;
  const comma = separators && group === null ? match(decimalComma) : null;
  if (group !== null) {
    whole = `${group[1]}${group[2]?.replace(/\D/g, '')}`;
    fraction = group[3]?.slice(1);
    length = group[0].length;
  } else if (comma !== null) {
    [, whole = '', fraction] = comma;
    length = comma[0].length;
  } else {
    const simple = match(plain);
    if (simple === null) return undefined;
    whole = simple[1] ?? '';
    fraction = simple[2] ?? simple[3];
    length = simple[0].length;
  }
  const digits = fraction ?? '';
  if (digits.length > maximumDigits) throw new OverBudget('the number has too many digits');
  let value = rational(BigInt(`${whole}${digits}` || '0'), 10n ** BigInt(digits.length));
  exponent.lastIndex = start + length;
  const scientific = exponent.exec(text);
  if (scientific !== null) {
    const power = Number(scientific[1]);
    if (Math.abs(power) > 1000) throw new OverBudget('the exponent is too large');
    const scale = 10n ** BigInt(Math.abs(power));
    value =
      power < 0
        ? rational(value.numerator, value.denominator * scale)
        : rational(value.numerator * scale, value.denominator);
    return { value, decimals: undefined, length: length + scientific[0].length };
  }
  return { value, decimals: fraction === undefined || fraction === '' ? undefined : fraction.length, length };
}
