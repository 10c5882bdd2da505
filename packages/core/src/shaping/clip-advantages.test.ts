import { describe, expect, it } from 'vitest';
import { clipAdvantages } from './clip-advantages.ts';

describe('clipAdvantages', () => {
  it('moves every token into the bounds, in rows of any length', () => {
    expect(clipAdvantages([[3, -0.5], Float32Array.of(-3), []], 2)).toEqual([[2, -0.5], [-2], []]);
    expect(clipAdvantages([[3, -3]], { min: -1, max: 5 })).toEqual([[3, -1]]);
  });

  it('refuses bounds that hold nothing', () => {
    expect(() => clipAdvantages([[1]], { min: 1, max: -1 })).toThrow(RangeError);
  });
});
