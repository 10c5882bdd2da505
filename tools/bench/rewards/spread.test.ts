import { expect, it } from 'vitest';
import { spreadOf } from './spread.ts';

it('takes the time that 99 of 100 stay within', () => {
  const times = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect(spreadOf(times)).toEqual({ count: 200, mean: 100.5, median: 100.5, p99: 198, max: 200 });
  expect(spreadOf([3])).toEqual({ count: 1, mean: 3, median: 3, p99: 3, max: 3 });
  expect(spreadOf([]).p99).toBeNaN();
});
