import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeTold } from './llama-server-protocol.ts';

const told = (...ids: number[]) => ids.map((id) => ({ id }));

describe('placeTold', () => {
  it('finds the entry of each token where some have none', () => {
    expect(placeTold([89, 138, 490], told(89, 490))).toEqual([0, undefined, 1]);
    expect(placeTold([], [])).toEqual([]);
    expect(placeTold([4], [])).toEqual([undefined]);
  });

  it('is not sure of equal tokens of which only some are told', () => {
    expect(placeTold([5, 5, 6], told(5, 6))).toEqual([undefined, undefined, 1]);
  });

  it('refuses entries of other tokens', () => {
    expect(() => placeTold([1, 2], told(3))).toThrow('other tokens');
    expect(() => placeTold([1, 2], told(2, 1))).toThrow('other tokens');
  });

  it('places nothing wrongly, whatever is left out', () => {
    const case_ = fc.array(fc.record({ id: fc.integer({ min: 0, max: 3 }), isTold: fc.boolean() }));
    fc.assert(
      fc.property(case_, (entries) => {
        const kept = entries.map((entry, index) => ({ ...entry, index })).filter(({ isTold }) => isTold);
        const places = placeTold(
          entries.map(({ id }) => id),
          kept,
        );
        for (const [index, place] of places.entries()) if (place !== undefined) expect(kept[place]?.index).toBe(index);
      }),
    );
  });
});
