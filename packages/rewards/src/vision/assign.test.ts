import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign } from './assign.ts';

const total = (values: readonly (readonly number[])[], columns: readonly number[]) =>
  columns.reduce((sum, column, row) => sum + (column === -1 ? 0 : values[row]![column]!), 0);

function best(values: readonly (readonly number[])[], row = 0, taken: readonly number[] = []): number {
  if (row === values.length) return 0;
  const without = best(values, row + 1, taken);
  const columns = values[row]!.map((value, column) =>
    taken.includes(column) ? Number.NEGATIVE_INFINITY : value + best(values, row + 1, [...taken, column]),
  );
  return Math.max(without, ...columns);
}

describe('assign', () => {
  it('finds the highest sum, as trying all ways does', () => {
    const sizes = fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 5 }));
    const matrix = sizes.chain(([rows, columns]) =>
      fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: columns, maxLength: columns }), {
        minLength: rows,
        maxLength: rows,
      }),
    );
    fc.assert(
      fc.property(matrix, (values) => {
        const columns = assign(values);
        const used = columns.filter((column) => column !== -1);
        expect(new Set(used).size).toBe(used.length);
        expect(used).toHaveLength(Math.min(values.length, values[0]?.length ?? 0));
        expect(total(values, columns)).toBe(best(values));
      }),
    );
  });

  it('takes no columns, and many', () => {
    expect(assign([[], []])).toEqual([-1, -1]);
    const values = Array.from({ length: 300 }, (_, row) =>
      Array.from({ length: 300 }, (_, column) => (row + 1) * (column + 1)),
    );
    // The sum of products is highest when both are in order.
    expect(assign(values)).toEqual(values.map((_, row) => row));
  });
});
