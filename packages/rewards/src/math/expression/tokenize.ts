import { readCommand } from './read-command.ts';
import { readNumber, readSign } from './read-sign.ts';
import { readWord } from './read-word.ts';
import { type Scanner, skip } from './scanner.ts';
import type { Token } from './token.ts';

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
