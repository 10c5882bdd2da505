import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Fit, matchSteps } from './match-steps.ts';

describe('matchSteps', () => {
  it('moves a piece to another step so that both find one', () => {
    expect(
      matchSteps(
        [
          [1, 1],
          [1, 0],
        ],
        2,
      ),
    ).toEqual([1, 0]);
    expect(
      matchSteps(
        [
          [2, 2],
          [2, 0],
          [2, 2],
        ],
        2,
      ),
    ).toEqual([1, 0, undefined]);
  });

  it('prefers the better fit', () => {
    expect(matchSteps([[1], [2]], 1)).toEqual([undefined, 0]);
    expect(
      matchSteps(
        [
          [1, 2],
          [2, 1],
        ],
        2,
      ),
    ).toEqual([1, 0]);
  });

  it('has nothing to pair without pieces or steps', () => {
    expect(matchSteps([], 3)).toEqual([]);
    expect(matchSteps([[], []], 0)).toEqual([undefined, undefined]);
    expect(matchSteps([[0]], 1)).toEqual([undefined]);
  });

  it('uses each step once, pairs only what fits, and leaves no pair undone', () => {
    const fit = fc.constantFrom<Fit>(0, 1, 2);
    const fits = fc
      .integer({ min: 0, max: 6 })
      .chain((count) => fc.array(fc.array(fit, { minLength: count, maxLength: count }), { maxLength: 7 }));
    fc.assert(
      fc.property(fits, (rows) => {
        const count = rows[0]?.length ?? 0;
        const matched = matchSteps(rows, count);
        const used = matched.filter((one) => one !== undefined);
        expect(new Set(used).size).toBe(used.length);
        for (const [piece, reference] of matched.entries()) {
          if (reference !== undefined) expect(rows[piece]![reference]).toBeGreaterThan(0);
          else for (const [at, one] of rows[piece]!.entries()) expect(one === 0 || used.includes(at)).toBe(true);
        }
        expect(used.length).toBe(most(rows, 1));
        expect(matched.filter((at, piece) => at !== undefined && rows[piece]![at] === 2).length).toBeLessThanOrEqual(
          most(rows, 2),
        );
      }),
    );
  });
});

/** The size of the largest pairing, by trying all. */
function most(rows: readonly (readonly Fit[])[], least: number, used: readonly number[] = []): number {
  const [row, ...others] = rows;
  if (row === undefined) return 0;
  const without = most(others, least, used);
  const withOne = row.map((fit, at) =>
    fit >= least && !used.includes(at) ? 1 + most(others, least, [...used, at]) : 0,
  );
  return Math.max(without, ...withOne);
}
