import type { Expression } from './expression.ts';
import { isCloser } from './parse-statement.ts';
import { describe, expect, inContext, type Parser, peek, power, take, Unreadable, unwrapped } from './parser.ts';
import type { Token } from './token.ts';

const alwaysFunctions = new Set(['f', 'g', 'F', 'G', 'phi', 'varphi', 'psi', 'Gamma', 'gamma']);
// As likely a factor of a bracket: they are functions of one number; of one variable any letter is.
const maybeFunctions = new Set('h H p P q Q u v y T N W sigma tau zeta'.split(' '));

/** A variable with its subscript and primes, or a call of a function with a letter for a name: `f(x)`, `f^{-1}(2)`. */
export function readName(parser: Parser, base = take(parser).text): Expression {
  let name = withScripts(parser, base);
  const letter = name.replace(/'+$/, '').replace(/_.*$/, '');
  const isFunction = alwaysFunctions.has(letter);
  if (isFunction && isInverse(parser)) {
    parser.position += 5;
    name = `${name}^{-1}`;
  }
  if (peek(parser).type === '(' && (isFunction || hasPlainArgument(parser, maybeFunctions.has(letter)))) {
    take(parser);
    const { groups } = inContext(parser, {}, () => parser.rules.items(parser));
    expect(parser, ')', 'a closing bracket');
    return { kind: 'call', name: /^[Gg]amma$/.test(name) ? 'gamma' : name, arguments: groups.flat().map(unwrapped) };
  }
  return { kind: 'symbol', name };
}

/** A letter with an accent: `\vec{v}`, `\overline{AB}_1`; `\mathbb{R}` is a set. */
export function readAccent(parser: Parser): Expression {
  const token = take(parser);
  const content = readRaw(parser).replace(/\s+/g, '');
  const set = parser.source.startsWith('\\mathbb', token.start) ? numberSets[content] : undefined;
  if (set !== undefined) return { kind: 'constant', name: set };
  return readName(parser, `${token.text}{${content}}`);
}

const numberSets: Readonly<Record<string, 'naturals' | 'integers' | 'rationals' | 'reals' | 'complexes'>> = {
  N: 'naturals',
  Z: 'integers',
  Q: 'rationals',
  R: 'reals',
  C: 'complexes',
};

function withScripts(parser: Parser, base: string): string {
  let name = base;
  for (;;) {
    const { type } = peek(parser);
    if (type === '_') {
      const text = readSubscript(parser);
      name += text.length > 1 ? `_{${text}}` : `_${text}`;
    } else if (type === 'prime') {
      take(parser);
      name += "'";
    } else return name;
  }
}

/** The source text of what stands after `_`, without spaces and `\text`. */
export function readSubscript(parser: Parser): string {
  expect(parser, '_', 'a subscript');
  const text = readRaw(parser).replace(/\\(?:text|mathrm|rm|mathit)\b|\s+/g, '');
  return /^\{[^{}]*\}$/.test(text) ? text.slice(1, -1) : text;
}

/** The source text of the next group in braces, or of the next token. */
function readRaw(parser: Parser): string {
  const first = take(parser);
  if (isCloser(first.type)) throw new Unreadable(`something is missing before ${describe(first)}`);
  if (first.type !== '{') return parser.source.slice(first.start, first.end);
  let depth = 1;
  let last: Token = first;
  while (depth > 0) {
    last = take(parser);
    if (last.type === 'end') throw new Unreadable('a brace is not closed');
    if (last.type === '{') depth++;
    else if (last.type === '}') depth--;
  }
  return parser.source.slice(first.end, last.start).trim();
}

// ^ { - 1 } (
function isInverse(parser: Parser): boolean {
  return (
    peek(parser).type === '^' &&
    peek(parser, 1).type === '{' &&
    peek(parser, 2).type === '-' &&
    peek(parser, 3).text === '1' &&
    peek(parser, 4).type === '}' &&
    peek(parser, 5).type === '('
  );
}

// ( x ), ( -2 )
function hasPlainArgument(parser: Parser, orNumber: boolean): boolean {
  const sign = orNumber && peek(parser, 1).type === '-' ? 1 : 0;
  const { type } = peek(parser, 1 + sign);
  return (type === 'name' || (orNumber && type === 'number')) && peek(parser, 2 + sign).type === ')';
}

/** The name of a variable that is bound by `\sum`, `\int` or `\lim`. */
export function readBoundName(parser: Parser): string {
  const token = take(parser);
  if (token.type !== 'name' && token.type !== 'constant') throw new Unreadable('a bound variable is missing');
  return withScripts(parser, token.text === 'empty-set' ? 'o' : token.text);
}

/** Reads with a variable bound: in it `i` is an index, not the imaginary unit. */
export function withBound(parser: Parser, name: string): Expression {
  parser.bound.push(name);
  const body = unwrapped(parser.rules.expression(parser, power.sum));
  parser.bound.pop();
  return body;
}
