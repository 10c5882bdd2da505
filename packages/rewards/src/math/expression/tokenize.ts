import { readLiteral } from './read-literal.ts';
import { knownPrefix, type Meaning, meaningOf } from './spelling.ts';
import type { Token, TokenType } from './token.ts';
import { readTextCommand } from './read-text-command.ts';
import { readWord } from './read-word.ts';
import type { Scanner } from './scanner.ts';

/**
 * Cuts a formula into tokens, in one pass. Spacing and layout commands, and the `$` around a formula, are dropped.
 * Throws `OverBudget` for numbers with too many digits.
 */
export function tokenize(source: string, options: { decimalComma: boolean }): Token[] {
  const scanner: Scanner = {
    source,
    position: 0,
    tokens: [],
    spaced: false,
    brackets: [],
    phraseEnd: 0,
    decimalComma: options.decimalComma,
    hasRows: source.includes('\\begin'),
    dollarIsCurrency: /^[^$]*(?<!\\)\$\s*[\d.]/.test(source) && /^[^$]*\$[^$]*$/.test(source),
  };
  while (scanner.position < source.length) step(scanner);
  return scanner.tokens;
}

function step(scanner: Scanner): void {
  const { source, position } = scanner;
  const character = source[position]!;
  if (character === ' ' || character === '\n' || character === '\t' || character === '\r' || character === '\u00a0') {
    skip(scanner, 1);
  } else if (character === '\\') {
    readCommand(scanner);
  } else if (character >= '0' && character <= '9') {
    readNumber(scanner);
  } else if ((character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z')) {
    readWord(scanner);
  } else {
    readSign(scanner);
  }
}

function skip(scanner: Scanner, length: number): void {
  scanner.position += length;
  scanner.spaced = true;
}

/** Adds a token of `length` characters, and keeps account of the brackets: in them a comma separates values. */
function push(scanner: Scanner, [type, text]: Meaning, length: number): void {
  const { tokens, position, brackets, spaced } = scanner;
  if (type === '{') {
    const before = tokens.at(-1)?.type;
    // The braces of an argument group; others hold a set.
    const isArgument = before === 'frac' || before === '}' || before === 'boxed' || before === 'sqrt';
    brackets.push(isArgument ? 'argument' : 'values');
  } else if (opening.has(type)) brackets.push('values');
  else if (closing.has(type)) brackets.pop();
  tokens.push({ type, text, start: position, end: position + length, spaced });
  scanner.position += length;
  scanner.spaced = false;
}

const opening: ReadonlySet<TokenType> = new Set<TokenType>(['(', '[', 'open-set', 'open-angle']);
const closing: ReadonlySet<TokenType> = new Set<TokenType>([')', ']', '}', 'close-set', 'close-angle']);

function readNumber(scanner: Scanner): boolean {
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

const letters = /\\[A-Za-z]+/y;

function readCommand(scanner: Scanner): void {
  const { source, position } = scanner;
  letters.lastIndex = position;
  let command = letters.exec(source)?.[0] ?? source.slice(position, position + 2);
  // A doubled backslash before a command, where no matrix gives it a meaning.
  if (command === '\\\\' && !scanner.hasRows && /[A-Za-z]/.test(source[position + 2] ?? '')) return skip(scanner, 1);
  if (command === '\\begin' || command === '\\end') return readEnvironment(scanner, command);
  if (command === '\\char') return readCharacterCode(scanner);
  if (command === '\\not') command = joined(scanner, command);
  if (/^\\m?(?:left|right)$/.test(command)) {
    const whole = joined(scanner, command.replace('\\m', '\\'));
    const side = meaningOf(whole.replace(/\s+/g, ''));
    if (side !== undefined && side !== 'space') {
      return push(scanner, side, command.length + whole.length - command.replace('\\m', '\\').length);
    }
    return skip(scanner, command.length + (whole.endsWith('.') ? 1 : 0));
  }
  if (readTextCommand(scanner, command)) return;
  let meaning = meaningOf(command);
  if (meaning === undefined) {
    if (/^\\[()[\] \n]$/.test(command)) return skip(scanner, 2);
    if (command === '\\\f' && source.startsWith('rac', position + 2)) return push(scanner, ['frac', ''], 5);
    command = knownPrefix(command) ?? command;
    meaning = meaningOf(command);
  }
  // A backslash alone is left over at the end of a line.
  if (meaning === 'space' || command === '\\') return skip(scanner, command.length);
  const unknown: Meaning = command.length > 2 ? ['name', command.slice(1)] : ['unknown', command];
  push(scanner, meaning ?? unknown, command.length);
}

const sideOrRelation = /\s{0,4}(?:\\(?:[A-Za-z]+|[^A-Za-z])|[^\\\s])/y;

/** `\left` with the bracket after it, `\not` with its relation. */
function joined({ source, position }: Scanner, command: string): string {
  sideOrRelation.lastIndex =
    position + (source.startsWith('\\m', position) && command !== '\\not' ? command.length + 1 : command.length);
  return command + (sideOrRelation.exec(source)?.[0] ?? '');
}

const environment = /\\(?:begin|end)\s{0,4}\{([A-Za-z]{1,20})\*?\}/y;
const columns = /\s{0,4}(?:\[[a-z]?\])?\s{0,4}\{[lcr|\s@{}.:pP\d]{0,60}\}/y;

function readEnvironment(scanner: Scanner, command: string): void {
  const { source, position } = scanner;
  environment.lastIndex = position;
  const match = environment.exec(source);
  const name = match?.[1];
  if (match === null || name === undefined) return push(scanner, ['unknown', command], command.length);
  let { length } = match[0];
  if (command === '\\begin' && (name === 'array' || name === 'tabular')) {
    columns.lastIndex = position + length;
    length += columns.exec(source)?.[0].length ?? 0;
  }
  if (command === '\\begin') scanner.brackets.push('values');
  else scanner.brackets.pop();
  push(scanner, [command === '\\begin' ? 'begin' : 'end-environment', name], length);
}

const characterCode = /\\char"?0*([0-9A-Fa-f]{1,5})/y;
const codes: Readonly<Record<string, string>> = { '190': 'epsilon', '391': 'alpha', '392': 'beta', '39A': 'kappa' };

function readCharacterCode(scanner: Scanner): void {
  characterCode.lastIndex = scanner.position;
  const match = characterCode.exec(scanner.source);
  const name = codes[(match?.[1] ?? '').toUpperCase()];
  if (match === null || name === undefined) return push(scanner, ['unknown', '\\char'], 5);
  push(scanner, ['name', name], match[0].length);
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

function readSign(scanner: Scanner): void {
  const { source, position } = scanner;
  const character = source[position]!;
  if (character === '.') {
    if (readNumber(scanner)) return;
    return source.startsWith('...', position) ? push(scanner, meaningOf('...') as Meaning, 3) : skip(scanner, 1);
  }
  if (character === '$') return scanner.dollarIsCurrency ? push(scanner, ['currency', 'dollar'], 1) : skip(scanner, 1);
  if (character === '\f' && source.startsWith('rac', position + 1)) return push(scanner, ['frac', ''], 4);
  const pair = source.slice(position, position + 2);
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
