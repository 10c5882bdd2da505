import type { Meaning } from './spelling.ts';
import type { Token, TokenType } from './token.ts';

/** The state of cutting a formula into tokens. */
export interface Scanner {
  readonly source: string;
  position: number;
  readonly tokens: Token[];
  /** Whether white space stands before the next token. */
  spaced: boolean;
  /** What the open brackets hold: values separated by commas, or the argument of a command. */
  readonly brackets: ('values' | 'argument')[];
  /** Words up to here are known not to be a phrase. */
  phraseEnd: number;
  readonly decimalComma: boolean;
  /** Whether `\\` ends the row of a matrix. */
  readonly hasRows: boolean;
  /** Whether the only `$` stands before a number. */
  readonly dollarIsCurrency: boolean;
}

/** Whether a number or a closed bracket stands just before: a word after it may be a unit. */
export function followsValue({ tokens }: Scanner): boolean {
  const type = tokens.at(-1)?.type;
  return type === 'number' || type === '}' || type === ')' || type === 'scale';
}

/** Passes over characters that only space. */
export function skip(scanner: Scanner, length: number): void {
  scanner.position += length;
  scanner.spaced = true;
}

/** Adds a token of `length` characters, and keeps account of the brackets: in them a comma separates values. */
export function push(scanner: Scanner, [type, text]: Meaning, length: number): void {
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
