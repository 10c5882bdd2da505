import type { Expression } from './expression.ts';
import { maximumNodes, type Parser, Unreadable, unwrapped } from './parser.ts';
import type { Token, TokenType } from './token.ts';

/** Counts a part of the expression; throws `Unreadable` when there are too many. */
export function countNode(parser: Parser): void {
  if (++parser.nodes > maximumNodes) throw new Unreadable(`it has more than ${maximumNodes} parts`);
}

// Sums and products that are being read grow in place: 3000 terms would be copied 3000 times otherwise.
const open = new WeakSet<Expression>();

/** `left + right`, where a sum that is being read takes another term. */
export function sumOf(left: Expression, right: Expression): Expression {
  if (left.kind === 'add' && open.has(left)) {
    (left.terms as Expression[]).push(right);
    return left;
  }
  const sum: Expression = { kind: 'add', terms: [unwrapped(left), right] };
  open.add(sum);
  return sum;
}

/** `left * right`, where a product that is being read takes another factor. */
export function productOf(left: Expression, right: Expression): Expression {
  if (left.kind === 'multiply' && open.has(left)) {
    (left.factors as Expression[]).push(right);
    return left;
  }
  const product: Expression = { kind: 'multiply', factors: [unwrapped(left), right] };
  open.add(product);
  return product;
}

/** A sum or product that stands in brackets takes no more. */
export function closed(expression: Expression): Expression {
  open.delete(expression);
  return expression;
}

/** `(1, 2)` beside a sign for sets is an interval. */
export function fromInterval(expression: Expression): Expression {
  if (expression.kind !== 'tuple' || expression.items.length !== 2) return expression;
  const [lower, upper] = expression.items;
  return { kind: 'interval', lower: lower!, upper: upper!, includesLower: false, includesUpper: false };
}

const factors: ReadonlySet<TokenType> = new Set<TokenType>([
  'number',
  'name',
  'constant',
  'accent',
  'frac',
  'binom',
  '(',
  '[',
  '{',
  'open-set',
  'open-bar',
  'open-floor',
  'open-ceiling',
  'open-angle',
  'begin',
  'boxed',
  'bar',
  'norm',
  'partial',
  'sqrt',
  'cbrt',
  'currency',
  'text',
]); // prettier-ignore
const functions: ReadonlySet<TokenType> = new Set<TokenType>([
  'function',
  'log',
  'sum',
  'product',
  'integral',
  'limit',
]);

/** Whether a token can begin a factor that is written right after another one. */
export function isFactor(parser: Parser, token: Token): boolean {
  const { bars, setHead, beforeFunction, integrand } = parser.context;
  if (token.type === 'bar') return !setHead && !beforeFunction && (bars === 0 || opensBars(parser, bars));
  if (token.type === 'norm') return bars === 0;
  if (token.type === '[' && parser.context.reversed) return false;
  if (token.type === 'name' && token.text === 'd' && integrand === 'here' && isVariable(parser, token)) return false;
  return factors.has(token.type) || (functions.has(token.type) && !beforeFunction);
}

function isVariable(parser: Parser, token: Token): boolean {
  const next = parser.tokens[parser.tokens[parser.position] === token ? parser.position + 1 : parser.position + 2];
  return next?.type === 'name' || next?.type === 'constant';
}

/** How far ahead a closing bar is looked for. */
const farthest = 50;

// In `||x||y||` the fourth bar opens: were it to close, the two at the end would open around nothing.
function opensBars(parser: Parser, bars: number): boolean {
  let index = parser.position + 1;
  const type = parser.tokens[index]?.type;
  if (type === undefined || type === 'bar' || !factors.has(type)) return false;
  const last = Math.min(index + farthest, parser.limit);
  while (index < last && parser.tokens[index]!.type !== 'bar') index++;
  let run = 0;
  while (index + run < parser.limit && parser.tokens[index + run]!.type === 'bar') run++;
  return run > bars;
}
