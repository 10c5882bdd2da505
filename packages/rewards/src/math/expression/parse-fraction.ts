import type { Expression } from './expression.ts';
import { readArgument } from './parse-argument.ts';
import { expect, type Parser, peek, power, take, unwrapped } from './parser.ts';
import type { Token } from './token.ts';

/** `\frac{a}{b}` in all spellings; `\frac{d}{dx}` and `\frac{dy}{dx}` are derivatives. */
export function readFraction(parser: Parser): Expression {
  take(parser);
  if (isOperator(peek(parser, 1)) && peek(parser).type === '{') {
    const derivative = readDerivative(parser);
    if (derivative !== undefined) return derivative;
  }
  const numerator = readArgument(parser);
  // `\frac 3 16`: what a space sets apart is one number.
  const denominator = readArgument(parser, peek(parser).spaced);
  return { kind: 'divide', numerator, denominator };
}

function isOperator(token: Token): boolean {
  return token.type === 'partial' || (token.type === 'name' && token.text === 'd');
}

/** Most times an expression is derived. */
const maximumOrder = 9;

function readDerivative(parser: Parser): Expression | undefined {
  const close = endOfGroup(parser, 0);
  const below = close + 2;
  if (peek(parser, close + 1).type !== '{' || !isOperator(peek(parser, below))) return undefined;
  const name = peek(parser, below + 1);
  const end = endOfGroup(parser, close + 1);
  const order = orderOf(parser, 2);
  if (name.type !== 'name' || order === undefined) return undefined;
  const orderBelow = orderOf(parser, below + 2);
  if (orderBelow?.order !== order.order || orderBelow.end !== end || order.order > maximumOrder) return undefined;
  let body: Expression;
  const start = parser.position;
  if (order.end === close) {
    parser.position = start + end + 1;
    body = unwrapped(parser.rules.expression(parser, power.negation));
  } else {
    parser.position = start + order.end;
    body = unwrapped(parser.rules.statement(parser));
    expect(parser, '}', 'a closing brace');
    parser.position = start + end + 1;
  }
  for (let count = 0; count < order.order; count++) {
    body = { kind: 'bound', operator: 'derivative', body, variable: name.text };
  }
  return body;
}

/** `^2`, `^{2}` or nothing at a place, and where it ends. */
function orderOf(parser: Parser, at: number): { order: number; end: number } | undefined {
  if (peek(parser, at).type !== '^') return { order: 1, end: at };
  const braces = peek(parser, at + 1).type === '{' ? 1 : 0;
  const number = peek(parser, at + 1 + braces);
  if (!/^\d$/.test(number.text)) return undefined;
  return { order: Number(number.text), end: at + 2 + 2 * braces };
}

/** Where the group that opens at a place closes, both counted from here. */
function endOfGroup(parser: Parser, at: number): number {
  let depth = 0;
  for (let ahead = at; peek(parser, ahead).type !== 'end'; ahead++) {
    const { type } = peek(parser, ahead);
    if (type === '{') depth++;
    else if (type === '}' && --depth === 0) return ahead;
  }
  return Number.MAX_SAFE_INTEGER;
}
