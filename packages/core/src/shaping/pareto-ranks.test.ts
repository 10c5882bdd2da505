import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paretoRanks } from './pareto-ranks.ts';

describe('paretoRanks', () => {
  it('peels one front after the other', () => {
    // (3,3) before (2,2), (1,3)… ; (4,1) and (3,3) do not dominate each other
    const first = { rewards: [3, 2, 4, 1, 1] };
    const second = { rewards: [3, 2, 1, 3, 1] };
    expect(paretoRanks([first, second])).toEqual([0, 1, 0, 1, 2]);
  });

  it('gives equals the same rank', () => {
    expect(paretoRanks([{ rewards: [1, 1, 0] }, { rewards: [2, 2, 2] }])).toEqual([0, 0, 1]);
  });

  it('leaves out samples that lack a reward', () => {
    expect(paretoRanks([{ rewards: [1, 5, 0] }, { rewards: [1, null, 0] }])).toEqual([0, null, 1]);
    expect(paretoRanks([{ rewards: [null] }])).toEqual([null]);
    expect(paretoRanks([{ rewards: [] }])).toEqual([]);
  });

  it('orders by value for one objective', () => {
    expect(paretoRanks([{ rewards: [5, 9, 5, 1] }])).toEqual([1, 0, 1, 2]);
  });

  it('ranks nobody before one who dominates him, and leaves no rank out', () => {
    const point = fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }));
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 20 }), (points) => {
        const ranks = paretoRanks([{ rewards: points.map(([x]) => x) }, { rewards: points.map(([, y]) => y) }]);
        for (const [i, [x, y]] of points.entries()) {
          const before = points.flatMap(([a, b], j) => (a >= x && b >= y && (a > x || b > y) ? [ranks[j] ?? -1] : []));
          expect(ranks[i]).toBe(before.length === 0 ? 0 : Math.max(...before) + 1);
        }
      }),
    );
  });

  it('refuses what does not fit', () => {
    expect(() => paretoRanks([])).toThrow(RangeError);
    expect(() => paretoRanks([{ rewards: [1] }, { rewards: [] }])).toThrow('objective 1 [0]');
  });
});
