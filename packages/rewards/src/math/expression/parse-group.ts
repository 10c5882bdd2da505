import { closed } from './build.ts';
import type { Expression } from './expression.ts';
import {
  accept,
  describe,
  expect,
  inContext,
  type Items,
  type Parser,
  peek,
  power,
  take,
  Unreadable,
  unwrapped,
} from './parser.ts';
import { joinItems } from './parse-statement.ts';
import type { Token, TokenType } from './token.ts';

/** `(...)`, `[...]`, `]...[`: a group, a tuple, an interval. */
export function readBrackets(parser: Parser): Expression {
  const extra = redundantPairs(parser);
  parser.position += extra;
  const opener = take(parser).type;
  if (opener === '(' && accept(parser, ')')) return { kind: 'tuple', items: [] };
  const items = inContext(parser, { reversed: opener === ']' }, () => parser.rules.items(parser));
  const closer = take(parser);
  if (closer.type !== ')' && closer.type !== ']' && !(opener === ']' && closer.type === '[')) {
    throw new Unreadable(`expected a closing bracket at ${describe(closer)}`);
  }
  const result = bracketed(items, opener, closer.type);
  for (let count = 0; count < extra; count++) expect(parser, ')', 'a closing bracket');
  return result;
}

function bracketed(read: Items, opener: TokenType, closer: TokenType): Expression {
  const items = read.groups.flat();
  if (items.length === 1) {
    if ((opener === '(') !== (closer === ')')) throw new Unreadable('the brackets do not match');
    return closed(items[0]!);
  }
  const [lower, upper] = items;
  const includesLower = opener === '[';
  const includesUpper = closer === ']';
  const isOpen = !includesLower && !includesUpper;
  if (items.length === 2 && (!isOpen || opener === ']' || isInfinite(lower!) || isInfinite(upper!))) {
    return { kind: 'interval', lower: lower!, upper: upper!, includesLower, includesUpper };
  }
  if (read.joins.has('and') || read.joins.has('or')) return joinItems(read);
  if ((opener === '(') !== (closer === ')')) throw new Unreadable('the brackets do not match');
  return { kind: 'tuple', items };
}

function isInfinite(expression: Expression): boolean {
  if (expression.kind === 'negate') return isInfinite(expression.operand);
  return expression.kind === 'constant' && expression.name === 'infinity';
}

/** `{...}`: TeX's group, or a set where it lists values or stands among sets. */
export function readBraces(parser: Parser): Expression {
  const extra = redundantPairs(parser);
  const before = parser.tokens[parser.position - 1];
  parser.position += extra + 1;
  const inBraces = parser.context.braces;
  if (accept(parser, '}')) return { kind: 'constant', name: 'empty-set' };
  const items = inContext(parser, { braces: true }, () => parser.rules.items(parser));
  for (let count = 0; count <= extra; count++) expect(parser, '}', 'a closing brace');
  const values = items.groups.flat();
  if (values.length > 1) return { kind: 'set', items: values };
  const after = peek(parser);
  const isMember =
    inBraces &&
    (before?.type === '{' || before?.type === ',' || before?.type === 'open-set') &&
    isSeparator(after.type);
  if (isMember || isAmongSets(before) || isAmongSets(after)) return { kind: 'set', items: values };
  return closed(values[0]!);
}

function isSeparator(type: TokenType): boolean {
  return type === ',' || type === '}' || type === 'close-set';
}

function isAmongSets(token: { type: TokenType; text: string } | undefined): boolean {
  if (token?.type === 'set-operator') return true;
  return token?.type === 'relation' && ['in', 'not-in', 'subset', 'superset'].includes(token.text);
}

/** `\{...\}`: a set, by its elements or by a condition. */
export function readSet(parser: Parser): Expression {
  take(parser);
  if (accept(parser, 'close-set')) return { kind: 'constant', name: 'empty-set' };
  const head = inContext(parser, { setHead: true, braces: true }, () => parser.rules.items(parser));
  const { type } = peek(parser);
  if (type === 'bar' || type === 'mid' || type === ':' || type === ';') {
    take(parser);
    const condition = inContext(parser, {}, () => parser.rules.statement(parser));
    closeSet(parser);
    const element = joinItems(head);
    const conditions: Expression =
      condition.kind === 'list' ? { kind: 'logic', operator: 'and', operands: condition.items } : condition;
    return { kind: 'set-builder', element, condition: conditions };
  }
  closeSet(parser);
  return {
    kind: 'set',
    items: head.groups
      .map((group) => (head.groups.length > 1 && group.length > 1 ? [{ kind: 'tuple', items: group } as const] : group))
      .flat(),
  };
}

// `\left\{ ... \right.` is not closed by a brace; a plain brace closes as well.
function closeSet(parser: Parser): void {
  if (!accept(parser, 'close-set')) expect(parser, '}', 'a closing brace');
}

/** `\langle 1, 2 \rangle`, `<1, 2>`: a vector. */
export function readAngles(parser: Parser, closer: 'close-angle' | 'relation'): Expression {
  take(parser);
  const { groups } = inContext(parser, { angle: closer === 'relation' }, () => parser.rules.items(parser));
  if (take(parser).type !== closer || groups.flat().length < 2) throw new Unreadable('an angle bracket is not closed');
  return { kind: 'tuple', items: groups.flat() };
}

const closers: Partial<Record<TokenType, readonly TokenType[]>> = {
  bar: ['bar', 'close-bar'],
  'open-bar': ['close-bar', 'bar'],
  norm: ['norm'],
  'open-floor': ['close-floor', 'close-ceiling'],
  'open-ceiling': ['close-ceiling', 'close-floor'],
};

/** `|x|`, `\lfloor x \rfloor`, `\lceil x \rceil`, `\|v\|`. */
export function readBars(parser: Parser): Expression {
  const opener = take(parser).type;
  const isBar = opener === 'bar' || opener === 'open-bar' || opener === 'norm';
  const bars = isBar ? parser.context.bars + 1 : 0;
  const inner = unwrapped(inContext(parser, { bars }, () => parser.rules.expression(parser, power.statement)));
  const closer = take(parser);
  if (!closers[opener]!.includes(closer.type)) throw new Unreadable(`expected a closing bar at ${describe(closer)}`);
  if (opener === 'open-floor') return { kind: 'call', name: 'floor', arguments: [inner] };
  if (opener === 'open-ceiling') return { kind: 'call', name: 'ceiling', arguments: [inner] };
  return { kind: 'absolute', operand: closed(inner) };
}

/**
 * How many pairs of brackets are directly inside of this one and around all of its content: they are skipped without
 * going deeper, however many.
 */
function redundantPairs(parser: Parser): number {
  const { tokens, position } = parser;
  const opener = tokens[position]!.type;
  if (tokens[position + 1]?.type !== opener || (opener !== '(' && opener !== '{')) return 0;
  parser.partners ??= findPartners(tokens);
  let extra = 0;
  for (;;) {
    const inner = position + extra + 1;
    const end = parser.partners[inner]!;
    if (tokens[inner]?.type !== opener || end < 0 || end !== parser.partners[inner - 1]! - 1) return extra;
    extra++;
  }
}

/** For each opening bracket or brace where it closes, -1 where it does not. */
function findPartners(tokens: readonly Token[]): Int32Array {
  const partners = new Int32Array(tokens.length).fill(-1);
  const open: Record<string, number[]> = { ')': [], '}': [] };
  for (const [index, { type }] of tokens.entries()) {
    if (type === '(') open[')']!.push(index);
    else if (type === '{') open['}']!.push(index);
    else if (type === ')' || type === '}') {
      const start = open[type]!.pop();
      if (start !== undefined) partners[start] = index;
    }
  }
  return partners;
}
