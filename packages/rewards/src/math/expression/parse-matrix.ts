import type { Expression } from './expression.ts';
import { expect, inContext, type Parser, peek, power, take, Unreadable, unwrapped } from './parser.ts';
import type { Token } from './token.ts';

const matrices = new Set([
  'matrix',
  'pmatrix',
  'bmatrix',
  'Bmatrix',
  'smallmatrix',
  'array',
  'vmatrix',
  'Vmatrix',
  'tabular',
]);

/** `\begin{pmatrix} a & b \\ c & d \end{pmatrix}`, a determinant (`vmatrix`), `cases`, aligned lines. */
export function readMatrix(parser: Parser): Expression {
  const name = take(parser).text;
  if (name !== 'cases' && !matrices.has(name)) return readLines(parser);
  const rows = inContext(parser, {}, () => readRows(parser));
  expect(parser, 'end-environment', `the end of ${name}`);
  if (rows.length === 0) throw new Unreadable(`there is nothing in ${name}`);
  if (name === 'cases') return readCases(rows);
  const [first = []] = rows;
  if (first.length === 0 || rows.some((row) => row.length !== first.length)) {
    throw new Unreadable('the rows of a matrix have different lengths');
  }
  const matrix: Expression = { kind: 'matrix', rows };
  return name === 'vmatrix' || name === 'Vmatrix' ? { kind: 'call', name: 'det', arguments: [matrix] } : matrix;
}

function readRows(parser: Parser): Expression[][] {
  const rows: Expression[][] = [];
  while (peek(parser).type !== 'end-environment') {
    const row: Expression[] = [];
    for (;;) {
      const { type } = peek(parser);
      if (type === 'row' || type === 'end-environment') break;
      if (type !== '&') row.push(unwrapped(readCell(parser)));
      if (peek(parser).type !== '&') break;
      take(parser);
    }
    if (row.length > 0) rows.push(row);
    if (peek(parser).type !== 'row') break;
    take(parser);
  }
  return rows;
}

// `x, & x > 0` is how cases are often written.
function readCell(parser: Parser): Expression {
  const cell = parser.rules.expression(parser, power.statement);
  if (peek(parser).type === ',') take(parser);
  return cell;
}

function readCases(rows: readonly Expression[][]): Expression {
  if (rows.every((row) => row.length === 1)) return { kind: 'logic', operator: 'and', operands: rows.flat() };
  return { kind: 'call', name: 'Piecewise', arguments: rows.map((items) => ({ kind: 'tuple', items })) };
}

/** Lines of `align` and the like: one statement, in which a line that begins with a relation continues the last. */
function readLines(parser: Parser): Expression {
  const tokens = parser.tokens as Token[];
  let close = parser.position;
  let depth = 1;
  for (; close < parser.limit; close++) {
    const { type } = tokens[close]!;
    if (type === 'begin') depth++;
    else if (type === 'end-environment' && --depth === 0) break;
  }
  if (close >= parser.limit || tokens.slice(parser.position, close).some((token) => token.type === 'begin')) {
    throw new Unreadable('an environment is not closed');
  }
  const inner = tokens.slice(parser.position, close).filter((token) => token.type !== '&');
  const lines = inner.filter((token, index) => token.type !== 'row' || inner[index + 1]?.type !== 'relation');
  const joined = lines.map((token): Token => (token.type === 'row' ? { ...token, type: ',', text: ',' } : token));
  tokens.splice(parser.position, close - parser.position, ...joined);
  parser.partners = undefined;
  parser.limit -= close - parser.position - joined.length;
  const statement = inContext(parser, {}, () => parser.rules.statement(parser));
  expect(parser, 'end-environment', 'the end of the lines');
  return statement;
}
