import type { Expression } from './expression.ts';
import type { Token, TokenType } from './token.ts';

/** What the place that is being read changes about its grammar. */
export interface Context {
  /** Open `|`: the next one after an operand closes. */
  readonly bars: number;
  /** In the head of a set: `|` and `:` end it. */
  readonly setHead: boolean;
  /** Directly in braces, where a group in braces may be an element. */
  readonly braces: boolean;
  /** In `]0, 1[`: `[` closes. */
  readonly reversed: boolean;
  /** In `<1, 2>`: `>` closes. */
  readonly angle: boolean;
  /** An argument without brackets ends before the next function. */
  readonly beforeFunction: boolean;
  /** In an integrand, where a differential ends it; deeper in its brackets it is a factor. */
  readonly integrand: 'no' | 'here' | 'inside';
}

/** The parts of the grammar that refer to each other. */
export interface Rules {
  /** Values or conditions separated by commas, semicolons, "and", "or". */
  statement(parser: Parser): Expression;
  /** The same, not put together yet. */
  items(parser: Parser): Items;
  /** An expression whose operators bind tighter than `minimum`. */
  expression(parser: Parser, minimum: number): Expression;
  /** What stands first in an expression, without operators after it. */
  primary(parser: Parser): Expression;
}

/** Groups separated by semicolons, of items separated by commas or words. */
export interface Items {
  readonly groups: Expression[][];
  readonly joins: ReadonlySet<'and' | 'or' | ','>;
}

/** The state of reading an expression from tokens. */
export interface Parser {
  readonly source: string;
  readonly tokens: readonly Token[];
  readonly rules: Rules;
  position: number;
  /** Tokens from here on do not count. */
  limit: number;
  depth: number;
  nodes: number;
  context: Context;
  /** The variable of a differential that was met inside brackets. */
  differential: string | undefined;
  /** Where brackets close, once somebody has asked. */
  partners: Int32Array | undefined;
  /** Bound variables: there `i` is an index. */
  readonly bound: string[];
}

/** Thrown where a formula cannot be read; caught by `parseExpression`. */
export class Unreadable extends Error {}

/** Deepest nesting, and most parts, of an expression. */
export const maximumDepth = 500;
export const maximumNodes = 20_000;

/** Binding powers, weakest first. */
export const power = {
  statement: 0,
  relation: 10,
  difference: 20,
  union: 22,
  intersection: 24,
  sum: 30,
  product: 40,
  negation: 45,
  juxtaposition: 50,
  exponent: 60,
} as const;

export const plainContext: Context = {
  bars: 0,
  setHead: false,
  braces: false,
  reversed: false,
  angle: false,
  beforeFunction: false,
  integrand: 'no',
};

const end: Token = { type: 'end', text: 'its end', start: 0, end: 0, spaced: false };

/** The token `ahead` places from here. */
export function peek(parser: Parser, ahead = 0): Token {
  const index = parser.position + ahead;
  return index < parser.limit ? parser.tokens[index]! : end;
}

/** Takes the next token. */
export function take(parser: Parser): Token {
  const token = peek(parser);
  if (token !== end) parser.position++;
  return token;
}

/** Takes the next token if it is of this type. */
export function accept(parser: Parser, type: TokenType): boolean {
  if (peek(parser).type !== type) return false;
  parser.position++;
  return true;
}

/** Takes a token of this type; throws `Unreadable` where another one stands. */
export function expect(parser: Parser, type: TokenType, what: string): Token {
  const token = peek(parser);
  if (token.type !== type) throw new Unreadable(`expected ${what} at ${describe(token)}`);
  parser.position++;
  return token;
}

/** How a message calls a token. */
export function describe(token: Token): string {
  if (token.type === 'end') return token.text;
  return `"${token.text === '' ? token.type : token.text.slice(0, 20)}" (character ${token.start + 1})`;
}

/** Runs `read` with the grammar of a bracket; restores that of the outside. */
export function inContext<Result>(parser: Parser, changes: Partial<Context>, read: () => Result): Result {
  const outside = parser.context;
  const integrand = outside.integrand === 'no' ? 'no' : 'inside';
  parser.context = { ...plainContext, integrand, ...changes };
  const result = read();
  parser.context = outside;
  return result;
}

/** A set of one as what it holds: `\left\{1+2\right\}` is also a way to write a bracket. */
export function unwrapped(expression: Expression): Expression {
  return expression.kind === 'set' && expression.items.length === 1 ? expression.items[0]! : expression;
}
