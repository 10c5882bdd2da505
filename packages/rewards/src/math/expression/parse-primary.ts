import { closed } from './build.ts';
import type { ConstantName, Expression } from './expression.ts';
import { readArgument } from './parse-argument.ts';
import { readBound } from './parse-bound.ts';
import { readFraction } from './parse-fraction.ts';
import { readFunction, readLogarithm } from './parse-function.ts';
import { readBars, readBraces, readBrackets, readSet, readAngles } from './parse-group.ts';
import { readMatrix } from './parse-matrix.ts';
import { readAccent, readName } from './parse-name.ts';
import { readNumber } from './parse-number.ts';
import { describe, expect, inContext, type Parser, peek, power, take, Unreadable, unwrapped } from './parser.ts';

/** What an expression can begin with: a value, a group in brackets, a function with its argument. */
export function parsePrimary(parser: Parser): Expression {
  const token = peek(parser);
  switch (token.type) {
    case 'number':
      return readNumber(parser);
    case 'name':
      return token.text === 'd' && parser.context.integrand === 'inside' ? readDifferential(parser) : readName(parser);
    case 'constant':
      take(parser);
      return constant(parser, token.text);
    case 'accent':
      return readAccent(parser);
    case 'partial':
      take(parser);
      return { kind: 'symbol', name: 'partial' };
    case 'text':
      take(parser);
      return { kind: 'text', text: token.text };
    case 'currency':
      take(parser);
      return { kind: 'quantity', value: parser.rules.expression(parser, power.juxtaposition), unit: token.text };
    case 'function':
      return readFunction(parser);
    case 'log':
      return readLogarithm(parser);
    case 'sqrt':
    case 'cbrt':
      return readRoot(parser);
    case 'frac':
      return readFraction(parser);
    case 'binom': {
      take(parser);
      const top = readArgument(parser);
      return { kind: 'call', name: 'binomial', arguments: [top, readArgument(parser)] };
    }
    case 'sum':
    case 'product':
    case 'integral':
    case 'limit':
      return readBound(parser, token.type);
    case 'boxed':
      take(parser);
      return closed(peek(parser).type === '{' ? readBox(parser) : readArgument(parser, true));
    case 'begin':
      return readMatrix(parser);
    case '(':
    case '[':
    case ']':
      return readBrackets(parser);
    case '{':
      return readBraces(parser);
    case 'open-set':
      return readSet(parser);
    case 'open-angle':
      return readAngles(parser, 'close-angle');
    case 'relation':
      if (token.text === '<') return readAngles(parser, 'relation');
      break;
    case 'bar':
    case 'open-bar':
    case 'norm':
    case 'open-floor':
    case 'open-ceiling':
      return readBars(parser);
    default:
  }
  throw new Unreadable(`expected a value at ${describe(token)}`);
}

function constant(parser: Parser, name: string): Expression {
  if (parser.bound.includes(name) || ((name === 'i' || name === 'e') && peek(parser).type === '_')) {
    return readName(parser, name);
  }
  return { kind: 'constant', name: name as ConstantName };
}

// In the brackets of an integrand: `\int \frac{dz}{z}`.
function readDifferential(parser: Parser): Expression {
  const next = peek(parser, 1);
  if (next.type !== 'name' && next.type !== 'constant') return readName(parser);
  take(parser);
  take(parser);
  parser.differential = next.text;
  return { kind: 'number', value: { numerator: 1n, denominator: 1n }, decimals: undefined };
}

function readRoot(parser: Parser): Expression {
  const number = (value: bigint): Expression => ({
    kind: 'number',
    value: { numerator: value, denominator: 1n },
    decimals: undefined,
  });
  let degree = number(take(parser).type === 'cbrt' ? 3n : 2n);
  if (peek(parser).type === '[') {
    take(parser);
    degree = unwrapped(inContext(parser, {}, () => parser.rules.statement(parser)));
    expect(parser, ']', 'a closing bracket');
  }
  return { kind: 'root', radicand: readArgument(parser, true), degree };
}

function readBox(parser: Parser): Expression {
  take(parser);
  const inner = inContext(parser, {}, () => parser.rules.statement(parser));
  expect(parser, '}', 'a closing brace');
  return inner;
}
