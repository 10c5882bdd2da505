import { countNode } from './build.ts';
import type { Expression } from './expression.ts';
import { readBraced, readValue } from './parse-argument.ts';
import { readSubscript } from './parse-name.ts';
import { accept, maximumDepth, type Parser, peek, take, Unreadable, unwrapped } from './parser.ts';
import { isCloser } from './parse-statement.ts';

/** `left` with the power, factorial, percent or degree sign after it; `undefined` where there is none. */
export function continueWithPower(parser: Parser, left: Expression): Expression | undefined {
  switch (peek(parser).type) {
    case '^':
      return raised(parser, left);
    case '!':
      take(parser);
      return { kind: 'factorial', operand: unwrapped(left) };
    case 'percent':
      take(parser);
      return { kind: 'percent', operand: unwrapped(left) };
    case 'degree':
      take(parser);
      return degrees(parser, left);
    case '_':
      // `204_5`: digits in base 5.
      if (left.kind !== 'number') return undefined;
      return { kind: 'quantity', value: left, unit: `base ${readSubscript(parser)}` };
    default:
      return undefined;
  }
}

function raised(parser: Parser, left: Expression): Expression {
  take(parser);
  const braces = peek(parser).type === '{' ? 1 : 0;
  const mark = peek(parser, braces);
  if (braces === 0 || peek(parser, 2).type === '}') {
    const skip = (): void => {
      parser.position += braces * 2 + 1;
    };
    if (mark.type === 'degree') {
      skip();
      return degrees(parser, left);
    }
    if (mark.type === 'transpose' || (left.kind === 'matrix' && mark.type === 'name' && mark.text === 'T')) {
      skip();
      return { kind: 'call', name: 'transpose', arguments: [left] };
    }
    if (mark.type === 'prime' && left.kind === 'symbol') {
      skip();
      return { kind: 'symbol', name: `${left.name}'` };
    }
  }
  // TeX gives a subscript after a power to the base.
  const exponent = readExponent(parser, left.kind === 'symbol');
  if (left.kind === 'symbol' && peek(parser).type === '_') {
    // `x^2_1` is x_1 squared.
    const name = `${left.name}_${subscriptName(readSubscript(parser))}`;
    return { kind: 'power', base: { kind: 'symbol', name }, exponent };
  }
  return { kind: 'power', base: unwrapped(left), exponent };
}

function subscriptName(text: string): string {
  return text.length > 1 ? `{${text}}` : text;
}

/** What stands after `^`: a group, or one signed value; `2^3^2` is 2^(3^2). */
function readExponent(parser: Parser, bare: boolean): Expression {
  countNode(parser);
  if (++parser.depth > maximumDepth) throw new Unreadable(`it is nested deeper than ${maximumDepth} levels`);
  const value = readScript(parser, bare);
  const result: Expression = accept(parser, '^')
    ? { kind: 'power', base: value, exponent: readExponent(parser, bare) }
    : value;
  parser.depth--;
  return result;
}

/**
 * A superscript or subscript: a group in braces, or one signed value. `bare`: a letter without the subscript after it, as
 * that belongs to what the script stands at.
 */
export function readScript(parser: Parser, bare = true): Expression {
  const { type } = peek(parser);
  if (type === '{') return readBraced(parser);
  if (type === '-' || type === '+') {
    take(parser);
    // `0^+`, `\mathbb{R}^+`
    if (isCloser(peek(parser).type) || peek(parser).type === ',') return { kind: 'symbol', name: type };
    const operand = readValue(parser);
    return type === '-' ? { kind: 'negate', operand } : operand;
  }
  if (bare && type === 'name' && peek(parser, 1).type === '_') return { kind: 'symbol', name: take(parser).text };
  return readValue(parser);
}

function degrees(parser: Parser, left: Expression): Expression {
  const { type, text } = peek(parser);
  const scale = (type === 'name' || type === 'text') && /^[CF]$/.test(text) ? text : '';
  if (scale !== '') take(parser);
  return { kind: 'quantity', value: unwrapped(left), unit: scale === '' ? 'degree' : `°${scale}` };
}
