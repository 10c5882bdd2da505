import { ShapeError } from '../shape-error.ts';

/** Numbers per token, one row per sequence. All rows have the same length. */
export type TokenRows = readonly (readonly number[])[];

/**
 * Checks that all arrays are matrices of one shape.
 *
 * @throws ShapeError naming every shape
 */
export function checkSameRows(caller: string, arrays: Readonly<Record<string, TokenRows>>): void {
  const shapes = Object.fromEntries(Object.entries(arrays).map(([name, rows]) => [name, rowsShape(rows)]));
  const [first, ...others] = Object.values(shapes);
  const ragged = Object.values(arrays).some((rows) => rows.some((row) => row.length !== rows[0]?.length));
  if (ragged || others.some((shape) => shape[0] !== first?.[0] || shape[1] !== first?.[1])) {
    throw new ShapeError(caller, ragged ? 'rows of one length' : 'equal shapes [B,T]', shapes);
  }
}

function rowsShape(rows: TokenRows): readonly number[] {
  return [rows.length, Math.max(0, ...rows.map((row) => row.length))];
}
