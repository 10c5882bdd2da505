import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nextDomain } from './next-domain.ts';

it('gives 3 : 1 in a fixed pattern', () => {
  const drawn = [0, 0];
  const order = Array.from({ length: 8 }, () => {
    const domain = nextDomain([0.75, 0.25], drawn);
    drawn[domain]!++;
    return domain;
  });
  expect(order).toEqual([0, 0, 0, 1, 0, 0, 0, 1]);
});

it('keeps every domain within one of its share after every draw', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 12 }), (weights) => {
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const shares = weights.map((weight) => weight / total);
      const drawn = weights.map(() => 0);
      for (let draws = 1; draws <= 500; draws++) {
        drawn[nextDomain(shares, drawn)]!++;
        const farthest = Math.max(...drawn.map((count, index) => Math.abs(count - shares[index]! * draws)));
        expect(farthest).toBeLessThan(1 + 1e-9);
      }
    }),
    { numRuns: 50 },
  );
});
