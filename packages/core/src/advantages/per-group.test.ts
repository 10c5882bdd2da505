import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { perGroup } from './per-group.ts';

describe('perGroup', () => {
  it('gives each group its members in batch order and puts results back in place', () => {
    const seen: (readonly number[])[] = [];
    const results = perGroup([1, 2, 3, 4], ['x', 'y', 'x', 'y'], (values) => {
      seen.push(values);
      return values.map((value) => value * 10);
    });
    expect(seen).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(results).toEqual([10, 20, 30, 40]);
  });

  it('tells group 1 from group "1"', () => {
    expect(perGroup([5, 6], [1, '1'], (values) => values.map(() => values.length))).toEqual([1, 1]);
  });

  it('returns nothing for an empty batch', () => {
    expect(perGroup([], [], (values) => values)).toEqual([]);
  });

  it('refuses a missing group and an estimate of another length', () => {
    expect(() => perGroup([1, 2], ['x'], (values) => values)).toThrow(ShapeError);
    expect(() => perGroup([1, 2], ['x', 'x'], () => [0])).toThrow(ShapeError);
  });
});
