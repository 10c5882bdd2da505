import { expect, it } from 'vitest';
import { median } from './median.ts';

it('is the middle, or the mean of the middle two', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([0.1])).toBe(0.1);
  expect(median([])).toBeNaN();
});
