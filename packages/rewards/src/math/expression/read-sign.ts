import { readLiteral } from './read-literal.ts';
import { push, type Scanner, skip } from './scanner.ts';
import { type Meaning, meaningOf } from './spelling.ts';
import type { Token, TokenType } from './token.ts';

/** Reads a number; whether there is one. */
export function readNumber(scanner: Scanner): boolean {
  const { source, position, tokens, brackets, spaced } = scanner;
  const separators = brackets.length === 0 || brackets.at(-1) === 'argument';
  const literal = readLiteral(source, position, { separators, decimalComma: scanner.decimalComma && separators });
  if (literal === undefined) return false;
  const end = position + literal.length;
  tokens.push({
    type: 'number',
    text: source.slice(position, end),
    start: position,
    end,
    spaced,
    number: literal.number,
  });
  scanner.position = end;
  scanner.spaced = false;
  return true;
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const subscripts = '₀₁₂₃₄₅₆₇₈₉';
const fractions: Readonly<Record<string, string>> = {
  '½': '1/2',
  '⅓': '1/3',
  '⅔': '2/3',
  '¼': '1/4',
  '¾': '3/4',
  '⅕': '1/5',
  '⅖': '2/5',
  '⅗': '3/5',
  '⅘': '4/5',
  '⅙': '1/6',
  '⅚': '5/6',
  '⅛': '1/8',
  '⅜': '3/8',
  '⅝': '5/8',
  '⅞': '7/8',
}; // prettier-ignore
const pairs = new Set(['==', ':=', '!=', '<=', '>=', '=<', '<>', '~=', '->', '**']);

/** Reads a character that is no letter, digit or backslash. */
export function readSign(scanner: Scanner): void {
  const { source, position } = scanner;
  const character = source[position]!;
  if (character === '.') {
    if (readNumber(scanner)) return;
    return source.startsWith('...', position) ? push(scanner, meaningOf('...') as Meaning, 3) : skip(scanner, 1);
  }
  if (character === '$') return scanner.dollarIsCurrency ? push(scanner, ['currency', 'dollar'], 1) : skip(scanner, 1);
  if (character === '\f' && source.startsWith('rac', position + 1)) return push(scanner, ['frac', ''], 4);
  const pair = source.slice(position, position + 2);
  // Bold in Markdown.
  if (pair === '**' && (position === 0 || position >= source.trimEnd().length - 2)) return skip(scanner, 2);
  if (pairs.has(pair)) return push(scanner, meaningOf(pair) as Meaning, 2);
  const meaning = meaningOf(character);
  if (meaning !== undefined && meaning !== 'space') return push(scanner, meaning, 1);
  if ('~`"\u200b\u2009\u202f\u2061\u2062\ufeff。'.includes(character)) return skip(scanner, 1);
  const power = superscripts.indexOf(character);
  if (power >= 0) return pushScript(scanner, '^', superscripts);
  if (subscripts.includes(character)) return pushScript(scanner, '_', subscripts);
  const part = fractions[character];
  if (part !== undefined) return pushFraction(scanner, part);
  letterRun.lastIndex = position;
  const word = letterRun.exec(source)?.[0];
  if (word !== undefined) return push(scanner, ['text', word], word.length);
  const whole = String.fromCodePoint(source.codePointAt(position)!);
  push(scanner, ['unknown', whole], whole.length);
}

/** Words of languages without Latin letters. */
const letterRun = /\p{L}[\p{L}\p{M}]{0,200}/uy;

/** `x²` and `x₁₂` as `x^2` and `x_{12}`; the digits are one number. */
function pushScript(scanner: Scanner, type: '^' | '_', alphabet: string): void {
  const { source, position } = scanner;
  let end = position;
  let written = '';
  while (end < source.length && written.length < 20 && alphabet.includes(source[end]!)) {
    written += alphabet.indexOf(source[end]!);
    end++;
  }
  push(scanner, [type, type], 0);
  const value = { numerator: BigInt(written), denominator: 1n };
  scanner.tokens.push({
    type: 'number',
    text: written,
    start: position,
    end,
    spaced: false,
    number: { kind: 'number', value, decimals: undefined },
  });
  scanner.position = end;
}

function pushFraction(scanner: Scanner, written: string): void {
  const { position, spaced } = scanner;
  const [top = '', bottom = ''] = written.split('/');
  const token = (type: TokenType, text: string): Token => ({
    type,
    text,
    start: position,
    end: position + 1,
    spaced,
    ...(type === 'number' && {
      number: { kind: 'number', value: { numerator: BigInt(text), denominator: 1n }, decimals: undefined } as const,
    }),
  });
  scanner.tokens.push(token('frac', ''), token('number', top), token('number', bottom));
  scanner.position++;
  scanner.spaced = false;
}
