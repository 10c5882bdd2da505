import type { Expression } from './expression.ts';
import { readBoundName, withBound } from './parse-name.ts';
import { readScript } from './parse-power.ts';
import { accept, expect, inContext, type Parser, peek, power, take, Unreadable, unwrapped } from './parser.ts';

/** `\sum_{k=1}^{n} k`, `\prod`, `\int_a^b f\,dx`, `\lim_{x \to 0} f`. The body of all but an integral ends at `+`. */
export function readBound(parser: Parser, operator: 'sum' | 'product' | 'integral' | 'limit'): Expression {
  take(parser);
  if (operator === 'integral') return readIntegral(parser);
  if (operator === 'limit') return readLimit(parser);
  let variable: string | undefined;
  let lower: Expression | undefined;
  let upper: Expression | undefined;
  for (;;) {
    if (accept(parser, '_')) ({ variable, lower } = readRange(parser));
    else if (accept(parser, '^')) upper = readScript(parser);
    else break;
  }
  if (variable === undefined) throw new Unreadable(`a ${operator} has no index`);
  const body = withBound(parser, variable);
  return {
    kind: 'bound',
    operator,
    body,
    variable,
    ...(lower !== undefined && { lower }),
    ...(upper !== undefined && { upper }),
  };
}

// `{k=1}` or `k`
function readRange(parser: Parser): { variable: string; lower: Expression | undefined } {
  if (!accept(parser, '{')) return { variable: readBoundName(parser), lower: undefined };
  const variable = readBoundName(parser);
  let lower: Expression | undefined;
  if (peek(parser).type === 'relation' && peek(parser).text === '=') {
    take(parser);
    lower = unwrapped(inContext(parser, {}, () => parser.rules.expression(parser, power.relation)));
  }
  expect(parser, '}', 'a closing brace');
  return { variable, lower };
}

function readIntegral(parser: Parser): Expression {
  let lower: Expression | undefined;
  let upper: Expression | undefined;
  for (;;) {
    if (accept(parser, '_')) lower = present(readScript(parser));
    else if (accept(parser, '^')) upper = present(readScript(parser));
    else break;
  }
  const outside = parser.context;
  const outerDifferential = parser.differential;
  parser.context = { ...outside, integrand: 'here' };
  parser.differential = undefined;
  const body: Expression = startsDifferential(parser)
    ? { kind: 'number', value: { numerator: 1n, denominator: 1n }, decimals: undefined }
    : unwrapped(parser.rules.expression(parser, power.relation));
  parser.context = outside;
  let variable = parser.differential as string | undefined;
  if (variable === undefined && startsDifferential(parser)) {
    take(parser);
    variable = readBoundName(parser);
  }
  parser.differential = outerDifferential;
  return {
    kind: 'bound',
    operator: 'integral',
    body,
    variable: variable ?? 'x',
    ...(lower !== undefined && { lower }),
    ...(upper !== undefined && { upper }),
  };
}

function startsDifferential(parser: Parser): boolean {
  const next = peek(parser, 1).type;
  return peek(parser).type === 'name' && peek(parser).text === 'd' && (next === 'name' || next === 'constant');
}

function present(limit: Expression): Expression | undefined {
  return limit.kind === 'text' && limit.text === '' ? undefined : limit;
}

function readLimit(parser: Parser): Expression {
  expect(parser, '_', 'what the limit goes to');
  expect(parser, '{', 'an opening brace');
  const variable = readBoundName(parser);
  expect(parser, 'arrow', 'an arrow');
  const side = readSide(parser);
  const outer = parser.limit;
  if (side !== undefined) parser.limit = side.at;
  const lower = unwrapped(inContext(parser, {}, () => parser.rules.expression(parser, power.relation)));
  parser.limit = outer;
  if (side !== undefined) parser.position = side.end;
  expect(parser, '}', 'a closing brace');
  const body = withBound(parser, variable);
  return { kind: 'bound', operator: 'limit', body, variable, lower, direction: side?.sign ?? '+-' };
}

/** `^+`, `^{+}`, `^-`, `^{-}` at the end of the group that is open here. */
function readSide(parser: Parser): { sign: '+' | '-'; at: number; end: number } | undefined {
  let depth = 0;
  let close = parser.position;
  for (; close < parser.limit; close++) {
    const { type } = parser.tokens[close]!;
    if (type === '{') depth++;
    else if (type === '}' && --depth < 0) break;
  }
  const braces = parser.tokens[close - 1]?.type === '}' ? 1 : 0;
  const sign = parser.tokens[close - 1 - braces]?.type;
  const at = close - 2 - 2 * braces;
  if ((sign !== '+' && sign !== '-') || parser.tokens[at]?.type !== '^') return undefined;
  return { sign, at, end: close };
}
