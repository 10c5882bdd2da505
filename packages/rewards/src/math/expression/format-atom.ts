import type { ConstantName, NumberExpression, RelationOperator } from './expression.ts';
import { greekNames } from './spelling.ts';

/** How tightly the text of an expression holds together; the same scale as that of the parser. */
export const binding = {
  statement: 1,
  relation: 10,
  sum: 30,
  product: 40,
  negation: 45,
  power: 60,
  atom: 100,
} as const;

const { product, negation, atom } = binding;

/** How constants are written. */
export const constantText: Readonly<Record<ConstantName, string>> = {
  pi: 'pi',
  e: 'e',
  i: 'i',
  infinity: '\\infty',
  'complex-infinity': '\\tilde{\\infty}',
  'empty-set': '\\emptyset',
  naturals: '\\mathbb{N}',
  integers: '\\mathbb{Z}',
  rationals: '\\mathbb{Q}',
  reals: '\\mathbb{R}',
  complexes: '\\mathbb{C}',
  true: 'true',
  false: 'false',
};

/** A number and how tightly its text holds together: `-3`, `0.25`, `1/3`. */
export function writeNumber({ value, decimals }: NumberExpression): readonly [string, number] {
  const { numerator, denominator } = value;
  const negative = numerator < 0n;
  const magnitude = negative ? -numerator : numerator;
  if (decimals !== undefined) {
    const digits = String((magnitude * 10n ** BigInt(decimals)) / denominator).padStart(decimals + 1, '0');
    const point = digits.length - decimals;
    return [`${negative ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`, negative ? negation : atom];
  }
  const text = `${negative ? '-' : ''}${magnitude}${denominator === 1n ? '' : `/${denominator}`}`;
  return [text, denominator !== 1n ? product : negative ? negation : atom];
}

/** A variable: accents and names longer than a letter are commands. */
export function writeSymbol(name: string): string {
  const accented = /^([a-z]+)(\{.*)$/.exec(name);
  if (accented !== null) return `\\${accented[1] === 'math' ? 'mathcal' : accented[1]!}${accented[2]!}`;
  const letter = /^[A-Za-z]+/.exec(name)?.[0] ?? '';
  if (letter.length < 2) return name;
  return greekNames.has(letter) || commands.has(letter) ? `\\${name}` : `\\variable{${name}}`;
}

const commands = new Set(['ell', 'hbar', 'nabla', 'angle', 'triangle', 'square', 'star', 'partial']);

/** How relations are written. */
export const relationSigns: Readonly<Record<RelationOperator, string>> = {
  '=': '=',
  '!=': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
  '~=': '\\approx',
  in: '\\in',
  'not-in': '\\notin',
  subset: '\\subseteq',
  superset: '\\supseteq',
  congruent: '\\equiv',
  divides: '\\mid',
  parallel: '\\parallel',
  perpendicular: '\\perp',
  similar: '\\sim',
  'maps-to': '\\mapsto',
};
