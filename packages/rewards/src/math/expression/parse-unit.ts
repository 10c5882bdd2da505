import type { Expression } from './expression.ts';
import { type Parser, peek, take, unwrapped } from './parser.ts';
import { unitName } from './unit-name.ts';

/** `left` with the unit, word of scale or currency after it; `undefined` where there is none. */
export function readUnit(parser: Parser, left: Expression): Expression | undefined {
  const token = peek(parser);
  if (token.type === 'scale') {
    take(parser);
    const scale: Expression = {
      kind: 'number',
      value: { numerator: BigInt(token.text), denominator: 1n },
      decimals: undefined,
    };
    return { kind: 'multiply', factors: [unwrapped(left), scale] };
  }
  if (token.type === 'currency') {
    take(parser);
    return { kind: 'quantity', value: unwrapped(left), unit: token.text };
  }
  if (token.type !== 'text') return undefined;
  if (token.text === '…') {
    take(parser);
    return left;
  }
  if (left.kind === 'text') {
    take(parser);
    return { kind: 'text', text: `${left.text} ${token.text}` };
  }
  return { kind: 'quantity', value: unwrapped(left), unit: readUnitText(parser) };
}

// `\text{m}^2`, `\text{m}/\text{s}`, `\text{N} \cdot \text{m}`
function readUnitText(parser: Parser): string {
  let unit = '';
  for (;;) {
    unit += unitName(take(parser).text);
    if (peek(parser).type === '^') unit += readUnitPower(parser);
    const operator = peek(parser);
    const next = peek(parser, operator.type === '/' || operator.type === '*' ? 1 : 0);
    // `km/h`: a letter alone is a unit only set upright, or right behind a slash.
    const isLetter = next.type === 'name' && next !== operator;
    const isUnitLetter = isLetter && (next.upright === true || (operator.type === '/' && !next.spaced));
    const isUpright = next.type === 'name' && next.upright === true;
    if (next.type !== 'text' && !isUnitLetter && !isUpright) return unit;
    if (next !== operator) take(parser);
    unit += next === operator ? ' ' : operator.type;
  }
}

function readUnitPower(parser: Parser): string {
  const braces = peek(parser, 1).type === '{' ? 1 : 0;
  const sign = peek(parser, 1 + braces).type === '-' ? 1 : 0;
  const number = peek(parser, 1 + braces + sign);
  if (number.type !== 'number' || (braces === 1 && peek(parser, 2 + braces + sign).type !== '}')) return '';
  parser.position += 2 + braces * 2 + sign;
  return `^${sign === 1 ? '-' : ''}${number.text}`;
}
