/**
 * Calls `visit` for each run of consecutive places: `count` rows from `row` on stand one after another from `place` on.
 */
export function forEachRun(places: Int32Array, visit: (row: number, count: number, place: number) => void): void {
  let row = 0;
  while (row < places.length) {
    const place = places[row] as number;
    let count = 1;
    while (places[row + count] === place + count) count++;
    visit(row, count, place);
    row += count;
  }
}
