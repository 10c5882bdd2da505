import { assign } from './assign.ts';
import { type Box, iou } from './box.ts';

/** How predicted boxes find their references. */
export interface MatchOptions {
  /** `hungarian` = the highest sum of IoU; `greedy` = the highest IoU first. */
  readonly matching: 'hungarian' | 'greedy';
  /** Only boxes of the same label (without case) match. */
  readonly labels: boolean;
  /** Least IoU of a match. */
  readonly threshold: number;
}

/** IoU of each match of predicted boxes with reference boxes, one to one. */
export function matchBoxes(predicted: readonly Box[], references: readonly Box[], options: MatchOptions): number[] {
  const values = predicted.map((box) =>
    references.map((reference) => (!options.labels || sameLabel(box, reference) ? iou(box, reference) : 0)),
  );
  const matched = options.matching === 'hungarian' ? byAssignment(values) : greedily(values);
  return matched.filter((value) => value > 0 && value >= options.threshold);
}

function sameLabel(a: Box, b: Box): boolean {
  return (a.label ?? '').toLowerCase() === (b.label ?? '').toLowerCase();
}

function byAssignment(values: readonly (readonly number[])[]): number[] {
  return assign(values).map((column, row) => values[row]?.[column] ?? 0);
}

function greedily(values: readonly (readonly number[])[]): number[] {
  const pairs = values.flatMap((row, at) => row.map((value, column) => ({ value, row: at, column })));
  const taken = { rows: new Set<number>(), columns: new Set<number>() };
  return pairs
    .sort((a, b) => b.value - a.value)
    .flatMap(({ value, row, column }) => {
      if (taken.rows.has(row) || taken.columns.has(column)) return [];
      taken.rows.add(row);
      taken.columns.add(column);
      return [value];
    });
}
