import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bucketOf } from './buckets.ts';

it('is the next of 2^k and 3·2^k', () => {
  const counts = [0, 1, 2, 3, 4, 5, 6, 7, 9, 13, 17, 25, 33, 49, 65];
  expect(counts.map(bucketOf)).toEqual([1, 1, 2, 3, 4, 6, 6, 8, 12, 16, 24, 32, 48, 64, 96]);
});

it('holds the count, wastes at most half of it, and keeps its own', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), (count) => {
      const bucket = bucketOf(count);
      expect(bucket).toBeGreaterThanOrEqual(count);
      expect(bucket).toBeLessThan(1.5 * count + 1);
      expect(bucketOf(bucket)).toBe(bucket);
    }),
  );
});
