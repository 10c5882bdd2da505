import { countNode, fromInterval, isFactor, productOf, sumOf } from './build.ts';
import type { Expression, RelationOperator } from './expression.ts';
import { continueWithPower } from './parse-power.ts';
import { readUnit } from './parse-unit.ts';
import { accept, expect, maximumDepth, type Parser, peek, power, take, Unreadable, unwrapped } from './parser.ts';

/**
 * An expression whose operators bind tighter than `minimum`, by precedence climbing. Weakest first: relations (chained),
 * `\setminus`, `\cup`, `\cap`, `+ - ±`, `* / : mod`, signs, juxtaposition, powers and postfix signs.
 */
export function parseInfix(parser: Parser, minimum: number): Expression {
  if (++parser.depth > maximumDepth) throw new Unreadable(`it is nested deeper than ${maximumDepth} levels`);
  let left = prefix(parser);
  for (;;) {
    const next = continued(parser, left, minimum);
    if (next === undefined) break;
    left = next;
    countNode(parser);
  }
  parser.depth--;
  return left;
}

// A sign binds weaker than juxtaposition and powers: `-x^2` is -(x^2), and `-1 mod 2` is (-1) mod 2.
function prefix(parser: Parser): Expression {
  let negative = false;
  for (;;) {
    if (accept(parser, '-')) negative = !negative;
    else if (!accept(parser, '+')) break;
  }
  countNode(parser);
  const { type } = peek(parser);
  if (type === 'plus-minus' || type === 'minus-plus') {
    take(parser);
    const right = unwrapped(parser.rules.expression(parser, power.sum));
    return { kind: 'plus-minus', right, sign: (type === 'plus-minus') === negative ? -1 : 1 };
  }
  if (!negative) return parser.rules.primary(parser);
  return { kind: 'negate', operand: unwrapped(parser.rules.expression(parser, power.negation)) };
}

/** `left` with the next operator and its operand, or `undefined` when none binds tighter than `minimum`. */
function continued(parser: Parser, left: Expression, minimum: number): Expression | undefined {
  const token = peek(parser);
  switch (token.type) {
    case '+':
      if (minimum >= power.sum) return undefined;
      return sumOf(left, unwrapped(operandAfter(parser, power.sum)));
    case '-':
      if (minimum >= power.sum) return undefined;
      return sumOf(left, { kind: 'negate', operand: unwrapped(operandAfter(parser, power.sum)) });
    case 'plus-minus':
    case 'minus-plus': {
      if (minimum >= power.sum) return undefined;
      const sign = token.type === 'plus-minus' ? 1 : -1;
      return { kind: 'plus-minus', left: unwrapped(left), right: unwrapped(operandAfter(parser, power.sum)), sign };
    }
    case '*':
      if (minimum >= power.product) return undefined;
      return productOf(left, unwrapped(operandAfter(parser, power.product)));
    case '/':
      return minimum >= power.product ? undefined : quotient(parser, left);
    case ':':
      if (minimum >= power.product || parser.context.setHead) return undefined;
      return {
        kind: 'divide',
        numerator: unwrapped(left),
        denominator: unwrapped(operandAfter(parser, power.product)),
      };
    case 'mod': {
      if (minimum >= power.product) return undefined;
      return {
        kind: 'call',
        name: 'Mod',
        arguments: [unwrapped(left), unwrapped(operandAfter(parser, power.product))],
      };
    }
    case 'pmod':
      return minimum >= power.product ? undefined : modulus(parser, left);
    case 'set-operator':
      return setOperation(parser, left, minimum);
    case 'relation':
    case 'arrow':
    case 'mid':
      return minimum >= power.relation ? undefined : relation(parser, left);
    case 'choose':
    case 'over': {
      if (minimum > power.statement) return undefined;
      const right = unwrapped(operandAfter(parser, power.statement));
      if (token.type === 'over') return { kind: 'divide', numerator: unwrapped(left), denominator: right };
      return { kind: 'call', name: 'binomial', arguments: [unwrapped(left), right] };
    }
    default:
      return (
        continueWithPower(parser, left) ?? (minimum >= power.juxtaposition ? undefined : factor(parser, left, minimum))
      );
  }
}

/** Takes the operator and reads its right side. */
function operandAfter(parser: Parser, binding: number): Expression {
  take(parser);
  return parser.rules.expression(parser, binding);
}

// `3/2 x` with a space is three halves of x; `3/2x` and `a/b c` have it below the line.
function quotient(parser: Parser, left: Expression): Expression {
  take(parser);
  const next = peek(parser);
  const after = peek(parser, 1);
  const isFraction = left.kind === 'number' && next.type === 'number' && after.spaced && isFactor(parser, after);
  const denominator = isFraction ? parser.rules.primary(parser) : parser.rules.expression(parser, power.product);
  return { kind: 'divide', numerator: unwrapped(left), denominator: unwrapped(denominator) };
}

function factor(parser: Parser, left: Expression, minimum: number): Expression | undefined {
  const unit = readUnit(parser, left);
  if (unit !== undefined) return unit;
  const token = peek(parser);
  if (token.type === '(' && peek(parser, 1).type === 'mod') {
    return minimum >= power.product ? undefined : modulus(parser, left);
  }
  if (!isFactor(parser, token)) return undefined;
  if (token.type === 'number' && left.kind === 'number') throw new Unreadable('two numbers stand side by side');
  return productOf(left, unwrapped(parser.rules.expression(parser, power.juxtaposition)));
}

// `a \pmod{n}`, `a (mod n)`, `a \pmod n`
function modulus(parser: Parser, left: Expression): Expression {
  const bracket = accept(parser, '(');
  take(parser);
  const right = unwrapped(parser.rules.expression(parser, bracket ? power.sum : power.juxtaposition));
  if (bracket) expect(parser, ')', 'a closing bracket');
  return { kind: 'call', name: 'Mod', arguments: [unwrapped(left), right] };
}

function setOperation(parser: Parser, left: Expression, minimum: number): Expression | undefined {
  const operator = peek(parser).text as 'union' | 'intersection' | 'difference';
  if (minimum >= power[operator]) return undefined;
  take(parser);
  const right = fromInterval(parser.rules.expression(parser, power[operator]));
  if (left.kind === 'set-operation' && left.operator === operator && operator !== 'difference') {
    return { ...left, operands: [...left.operands, right] };
  }
  return { kind: 'set-operation', operator, operands: [fromInterval(left), right] };
}

const setRelations = new Set(['in', 'not-in', 'subset', 'superset']);

/** A chain: `a < b \le c`. */
function relation(parser: Parser, first: Expression): Expression | undefined {
  const operands: Expression[] = [first];
  const operators: RelationOperator[] = [];
  for (;;) {
    const { type, text } = peek(parser);
    if (type !== 'relation' && type !== 'arrow' && type !== 'mid') break;
    if ((type === 'mid' && parser.context.setHead) || (text === '>' && parser.context.angle)) break;
    take(parser);
    const operator = type === 'arrow' ? 'maps-to' : type === 'mid' ? 'divides' : (text as RelationOperator);
    const right = parser.rules.expression(parser, power.relation);
    operators.push(operator === '=' && isModulus(right) ? 'congruent' : operator);
    operands.push(setRelations.has(operator) ? fromInterval(right) : right);
    countNode(parser);
  }
  return operators.length === 0 ? undefined : { kind: 'relation', operands, operators };
}

// `x \equiv 3 \pmod 7`; `17 \bmod 5 = 2` has it on the other side.
function isModulus(right: Expression): boolean {
  return right.kind === 'call' && right.name === 'Mod';
}
