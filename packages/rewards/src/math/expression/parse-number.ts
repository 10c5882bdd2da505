import type { Expression, NumberExpression } from './expression.ts';
import { type Parser, peek, take } from './parser.ts';

/** A number; a whole one with a proper fraction after it is a mixed number: `3 1/2`, `1\frac{1}{2}`. */
export function readNumber(parser: Parser): Expression {
  const number = take(parser).number!;
  if (number.decimals !== undefined || number.value.denominator !== 1n) return number;
  const fraction = slashFraction(parser) ?? commandFraction(parser);
  return fraction === undefined ? number : { kind: 'add', terms: [number, fraction] };
}

// ` 1/2` after a space
function slashFraction(parser: Parser): Expression | undefined {
  const [top, slash, bottom] = [peek(parser), peek(parser, 1), peek(parser, 2)];
  if (top.type !== 'number' || !top.spaced || slash.type !== '/' || bottom.type !== 'number') return undefined;
  return proper(parser, [top.number, bottom.number], 3);
}

// `\frac{1}{2}` and `\frac12`
function commandFraction(parser: Parser): Expression | undefined {
  if (peek(parser).type !== 'frac') return undefined;
  const first = peek(parser, 1);
  if (first.type === '{') {
    const isFraction = peek(parser, 3).type === '}' && peek(parser, 4).type === '{' && peek(parser, 6).type === '}';
    return isFraction ? proper(parser, [peek(parser, 2).number, peek(parser, 5).number], 7) : undefined;
  }
  if (first.type !== 'number') return undefined;
  if (/^\d\d$/.test(first.text)) {
    const [top, bottom] = [...first.text].map(
      (digit): NumberExpression => ({
        kind: 'number',
        value: { numerator: BigInt(digit), denominator: 1n },
        decimals: undefined,
      }),
    );
    return proper(parser, [top, bottom], 2);
  }
  const second = peek(parser, 2);
  return first.text.length === 1 && second.type === 'number'
    ? proper(parser, [first.number, second.number], 3)
    : undefined;
}

function proper(
  parser: Parser,
  [top, bottom]: readonly [NumberExpression | undefined, NumberExpression | undefined],
  length: number,
): Expression | undefined {
  if (top === undefined || bottom === undefined) return undefined;
  if (!isWhole(top) || !isWhole(bottom) || top.value.numerator >= bottom.value.numerator) return undefined;
  if (top.value.numerator === 0n || peek(parser, length).type === '^') return undefined;
  parser.position += length;
  return { kind: 'divide', numerator: top, denominator: bottom };
}

function isWhole(number: NumberExpression): boolean {
  return number.decimals === undefined && number.value.denominator === 1n;
}
