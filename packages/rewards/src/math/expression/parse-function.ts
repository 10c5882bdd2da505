import { isFactor, productOf } from './build.ts';
import type { Expression } from './expression.ts';
import { readArgument } from './parse-argument.ts';
import { readScript } from './parse-power.ts';
import { accept, expect, inContext, type Parser, peek, power, take, unwrapped } from './parser.ts';

const inverses: Readonly<Record<string, string>> = {
  sin: 'asin',
  cos: 'acos',
  tan: 'atan',
  csc: 'acsc',
  sec: 'asec',
  cot: 'acot',
  sinh: 'asinh',
  cosh: 'acosh',
  tanh: 'atanh',
  csch: 'acsch',
  sech: 'asech',
  coth: 'acoth',
}; // prettier-ignore

interface Scripts {
  readonly subscript: Expression | undefined;
  readonly exponent: Expression | undefined;
}

/** `\sin x`, `\max(a, b)`, `\operatorname{name}(x)`, with its power: `\sin^2 x`, `\sin^{-1} x`. */
export function readFunction(parser: Parser): Expression {
  const name = take(parser).text;
  const { exponent } = readScripts(parser);
  const inverse = inverses[name];
  if (inverse !== undefined && exponent !== undefined && isMinusOne(exponent)) {
    return called(inverse, readArguments(parser, true));
  }
  const call = called(name, readArguments(parser, inverse !== undefined));
  return exponent === undefined ? call : { kind: 'power', base: call, exponent };
}

/** `\ln x` is natural; `\log x`, `\lg x` have base 10 unless a subscript gives another. */
export function readLogarithm(parser: Parser): Expression {
  const name = take(parser).text;
  const { subscript, exponent } = readScripts(parser);
  let base = subscript ?? (name === 'ln' ? undefined : whole(10n));
  const attached = peek(parser);
  // `log2(8)`
  if (subscript === undefined && attached.type === 'number' && !attached.spaced && peek(parser, 1).type === '(') {
    if (!peek(parser, 1).spaced && attached.text.length <= 2) base = take(parser).number;
  }
  const [argument, other] = readArguments(parser, false);
  const call: Expression = {
    kind: 'call',
    name: 'log',
    arguments: other !== undefined ? [argument!, other] : base === undefined ? [argument!] : [argument!, base],
  };
  return exponent === undefined ? call : { kind: 'power', base: call, exponent };
}

function readScripts(parser: Parser): Scripts {
  let subscript: Expression | undefined;
  let exponent: Expression | undefined;
  for (;;) {
    if (subscript === undefined && accept(parser, '_')) subscript = readArgument(parser);
    else if (exponent === undefined && accept(parser, '^')) exponent = readScript(parser);
    else return { subscript, exponent };
  }
}

function readArguments(parser: Parser, isAngle: boolean): Expression[] {
  const { type } = peek(parser);
  const closer = type === '(' ? ')' : type === '[' ? ']' : type === 'open-set' ? 'close-set' : undefined;
  if (closer !== undefined) {
    take(parser);
    const { groups } = inContext(parser, {}, () => parser.rules.items(parser));
    expect(parser, closer, 'a closing bracket');
    return groups.flat().map(unwrapped);
  }
  if (type === '{' || type === 'bar' || type === 'open-bar') {
    const argument = unwrapped(parser.rules.expression(parser, power.juxtaposition));
    return argument.kind === 'tuple' || argument.kind === 'set' ? [...argument.items] : [argument];
  }
  return [bareArgument(parser, isAngle)];
}

/** Factors up to the next function or bracket: `\sin 2x \cos y`, `\ln x (x + 1)`; but `\sin 2(x + 1)`. */
function bareArgument(parser: Parser, isAngle: boolean): Expression {
  const outside = parser.context;
  parser.context = { ...outside, beforeFunction: true };
  let argument = unwrapped(parser.rules.expression(parser, power.juxtaposition));
  for (;;) {
    const token = peek(parser);
    if (token.type === 'text' || !isFactor(parser, token)) break;
    if ((token.type === '(' || token.type === '[' || token.type === '{') && argument.kind !== 'number') break;
    argument = productOf(argument, unwrapped(parser.rules.expression(parser, power.juxtaposition)));
  }
  parser.context = outside;
  // `\sin \pi/3` is the sine of a third of pi.
  const divisor = peek(parser, 1);
  if (isAngle && endsInPi(argument) && peek(parser).type === '/' && divisor.type === 'number') {
    parser.position += 2;
    return { kind: 'divide', numerator: argument, denominator: divisor.number! };
  }
  return argument;
}

function endsInPi(expression: Expression): boolean {
  if (expression.kind === 'multiply') return endsInPi(expression.factors.at(-1)!);
  return expression.kind === 'constant' && expression.name === 'pi';
}

function called(name: string, values: readonly Expression[]): Expression {
  const [first, second] = values;
  if (values.length === 1 && name === 'absolute') return { kind: 'absolute', operand: first! };
  if (values.length === 1 && name === 'factorial') return { kind: 'factorial', operand: first! };
  if (values.length === 2 && name === 'root') return { kind: 'root', radicand: first!, degree: second! };
  return { kind: 'call', name, arguments: values };
}

function isMinusOne(exponent: Expression): boolean {
  return exponent.kind === 'negate' && exponent.operand.kind === 'number' && exponent.operand.value.numerator === 1n;
}

function whole(value: bigint): Expression {
  return { kind: 'number', value: { numerator: value, denominator: 1n }, decimals: undefined };
}
