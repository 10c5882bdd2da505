import type { Token } from './token.ts';

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
