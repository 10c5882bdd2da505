import { RlloomError } from '@rlloom/spec';

/**
 * Deals sequences out to rows of at most `rowLength` tokens so that few places stay empty: longest first, each into the
 * first row with room (first-fit decreasing: at most 11/9 of the fewest rows possible, plus one). A sequence longer than
 * `rowLength` gets a row of its own.
 *
 * @param lengths tokens of each sequence
 * @param rowLength tokens of a row, at least 1
 * @returns rows of indices into `lengths`, every index exactly once; the same for the same lengths
 * @throws RlloomError kind `config` when `rowLength` is not a positive whole number
 * @example
 * ```ts
 * packByLength([3, 9, 4, 6], 10); // => [[1], [3, 2], [0]]
 * ```
 */
export function packByLength(lengths: readonly number[], rowLength: number): number[][] {
  if (!(Number.isInteger(rowLength) && rowLength > 0)) {
    throw new RlloomError('config', { what: `the row length must be a positive whole number, given ${rowLength}` });
  }
  const lengthOf = (index: number): number => lengths[index] ?? 0;
  const longestFirst = [...lengths.keys()].sort((a, b) => lengthOf(b) - lengthOf(a) || a - b);
  const rows: { readonly indices: number[]; free: number }[] = [];
  for (const index of longestFirst) {
    const length = lengthOf(index);
    const row = rows.find(({ free }) => free >= length);
    if (row === undefined) rows.push({ indices: [index], free: rowLength - length });
    else {
      row.indices.push(index);
      row.free -= length;
    }
  }
  return rows.map(({ indices }) => indices);
}
