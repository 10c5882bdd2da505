/**
 * Pairs rows with columns one to one, so that the sum of their values is highest (the assignment problem, by shortest
 * augmenting paths, O(rows · rows · columns)). A row stays without a column when there are too few.
 *
 * @param values one list per row, all of the same length, finite
 * @returns for each row its column, or −1
 * @example
 * ```ts
 * assign([
 *   [0.9, 0.8],
 *   [0.8, 0.1],
 * ]); // => [1, 0]
 * ```
 */
export function assign(values: readonly (readonly number[])[]): number[] {
  const rows = values.length;
  const columns = values[0]?.length ?? 0;
  if (rows > columns) {
    const flipped = assign(Array.from({ length: columns }, (_, column) => values.map((row) => row[column] ?? 0)));
    return values.map((_, row) => flipped.indexOf(row));
  }
  // 1-based, as is usual for it: column 0 stands for the row that is being placed.
  const rowOf = new Int32Array(columns + 1);
  const rowPotential = new Float64Array(rows + 1);
  const columnPotential = new Float64Array(columns + 1);
  for (let row = 1; row <= rows; row += 1) {
    rowOf[0] = row;
    const slack = new Float64Array(columns + 1).fill(Number.POSITIVE_INFINITY);
    const before = new Int32Array(columns + 1);
    const visited = new Uint8Array(columns + 1);
    let column = 0;
    do {
      visited[column] = 1;
      const from = rowOf[column] as number;
      let next = 0;
      let smallest = Number.POSITIVE_INFINITY;
      for (let to = 1; to <= columns; to += 1) {
        if (visited[to] === 1) continue;
        const cost =
          -(values[from - 1]?.[to - 1] ?? 0) - (rowPotential[from] as number) - (columnPotential[to] as number);
        if (cost < (slack[to] as number)) {
          slack[to] = cost;
          before[to] = column;
        }
        if ((slack[to] as number) < smallest) {
          smallest = slack[to] as number;
          next = to;
        }
      }
      for (let to = 0; to <= columns; to += 1) {
        if (visited[to] === 1) {
          const visitedRow = rowOf[to] as number;
          rowPotential[visitedRow] = (rowPotential[visitedRow] as number) + smallest;
          columnPotential[to] = (columnPotential[to] as number) - smallest;
        } else slack[to] = (slack[to] as number) - smallest;
      }
      column = next;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      const previous = before[column] as number;
      rowOf[column] = rowOf[previous] as number;
      column = previous;
    }
  }
  const columnOf = new Array<number>(rows).fill(-1);
  for (let column = 1; column <= columns; column += 1) {
    const row = rowOf[column] as number;
    if (row > 0) columnOf[row - 1] = column - 1;
  }
  return columnOf;
}
