import { ShapeError } from '../shape-error.ts';

/**
 * Numbers per token, one row per sequence: plain or typed arrays. Rows may differ in length, as responses do; arrays
 * that belong together have rows of the same lengths.
 */
export type TokenRows = readonly ArrayLike<number>[];

/**
 * Checks that all arrays have the same number of rows, and rows of the same lengths.
 *
 * @throws ShapeError naming every shape
 */
export function checkSameRows(caller: string, arrays: Readonly<Record<string, TokenRows>>): void {
  const [first = [], ...others] = Object.values(arrays);
  const differs = (rows: TokenRows): boolean =>
    rows.length !== first.length || rows.some((row, sequence) => row.length !== first[sequence]?.length);
  if (others.some(differs)) {
    const shapes = Object.entries(arrays).map(([name, rows]) => [name, rowsShape(rows)] as const);
    throw new ShapeError(caller, 'rows of the same lengths', Object.fromEntries(shapes));
  }
}

/**
 * Checks that arrays have an entry per sequence; those that are not given are right.
 *
 * @throws ShapeError naming the first that has not
 */
export function checkPerSequence(
  caller: string,
  arrays: Readonly<Record<string, ArrayLike<unknown> | undefined>>,
  mask: TokenRows,
): void {
  for (const [name, array] of Object.entries(arrays)) {
    if (array === undefined || array.length === mask.length) continue;
    throw new ShapeError(caller, 'one entry per sequence', { [name]: [array.length], mask: [mask.length] });
  }
}

/** A row of numbers: what `value` gives for each place of it. */
export function mapRow(row: ArrayLike<number>, value: (entry: number, token: number) => number): Float64Array {
  const mapped = new Float64Array(row.length);
  for (let token = 0; token < row.length; token += 1) mapped[token] = value(row[token] as number, token);
  return mapped;
}

function rowsShape(rows: TokenRows): readonly number[] {
  return [rows.length, rows.reduce((widest, row) => Math.max(widest, row.length), 0)];
}
