import type { Expression } from './expression.ts';
import { expect, inContext, type Parser, peek, take, unwrapped } from './parser.ts';
import type { Token } from './token.ts';

/** `{...}`; nothing in it is the empty text. */
export function readBraced(parser: Parser): Expression {
  expect(parser, '{', 'an opening brace');
  if (peek(parser).type === '}') {
    take(parser);
    return { kind: 'text', text: '' };
  }
  const inner = inContext(parser, {}, () => parser.rules.statement(parser));
  expect(parser, '}', 'a closing brace');
  return unwrapped(inner);
}

/**
 * The argument of a command, as TeX takes it: a group in braces or one token, of a number one digit. `whole`: all
 * digits of the number, for commands where nobody means less.
 */
export function readArgument(parser: Parser, whole = false): Expression {
  const token = peek(parser);
  if (token.type === '{') return readBraced(parser);
  if (token.type === 'number' && !whole && /^\d{2,}$/.test(token.text)) return readDigit(parser, token);
  return readValue(parser);
}

/** One value: of a number only what is written, not a mixed number with the fraction after it. */
export function readValue(parser: Parser): Expression {
  return peek(parser).type === 'number' ? take(parser).number! : unwrapped(parser.rules.primary(parser));
}

function readDigit(parser: Parser, token: Token): Expression {
  const rest = token.text.slice(1);
  // In place: the tokens belong to this reading.
  (parser.tokens as Token[])[parser.position] = {
    ...token,
    text: rest,
    start: token.start + 1,
    spaced: false,
    number: { kind: 'number', value: { numerator: BigInt(rest), denominator: 1n }, decimals: undefined },
  };
  const digit = BigInt(token.text[0]!);
  return { kind: 'number', value: { numerator: digit, denominator: 1n }, decimals: undefined };
}
