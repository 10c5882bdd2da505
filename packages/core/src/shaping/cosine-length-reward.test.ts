import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cosineLengthReward } from './cosine-length-reward.ts';

describe('cosineLengthReward', () => {
  it('gives what TRL gives: 0.75 and −0.75 at half the length', () => {
    expect(cosineLengthReward(true, 50, { maxLength: 100 })).toBeCloseTo(0.75, 12);
    expect(cosineLengthReward(false, 50, { maxLength: 100 })).toBeCloseTo(-0.75, 12);
  });

  it('runs from shortest to longest', () => {
    const options = { maxLength: 10, correct: { shortest: 2, longest: 1 }, wrong: { shortest: -10, longest: 0 } };
    expect(cosineLengthReward(true, 0, options)).toBe(2);
    expect(cosineLengthReward(true, 10, options)).toBe(1);
    expect(cosineLengthReward(false, 0, options)).toBe(-10);
    expect(cosineLengthReward(false, 10, options)).toBe(0);
    // cos(π/3) = ½
    expect(cosineLengthReward(true, 10 / 3, options)).toBeCloseTo(1.75, 12);
  });

  it('does not swing back beyond the maximum', () => {
    expect(cosineLengthReward(true, 200, { maxLength: 100 })).toBe(0.5);
    expect(cosineLengthReward(true, 100, { maxLength: 100, exceeded: -10 })).toBe(-10);
    expect(cosineLengthReward(false, 101, { maxLength: 100, exceeded: -10 })).toBe(-10);
  });

  it('gives no reward without a verdict', () => {
    expect(cosineLengthReward(null, 10, { maxLength: 100 })).toBeNull();
  });

  it('falls with length for right answers and rises for wrong ones', () => {
    const length = fc.double({ min: 0, max: 300, noNaN: true });
    fc.assert(
      fc.property(length, length, (a, b) => {
        const at = (correct: boolean, length: number) => cosineLengthReward(correct, length, { maxLength: 100 }) ?? 0;
        const [short, long] = [Math.min(a, b), Math.max(a, b)];
        expect(at(true, short)).toBeGreaterThanOrEqual(at(true, long) - 1e-12);
        expect(at(false, short)).toBeLessThanOrEqual(at(false, long) + 1e-12);
      }),
    );
  });

  it('refuses lengths that are none', () => {
    expect(() => cosineLengthReward(true, -1, { maxLength: 100 })).toThrow(RangeError);
    expect(() => cosineLengthReward(true, 1, { maxLength: 0 })).toThrow(RangeError);
    expect(() => cosineLengthReward(true, 1, { maxLength: 10, exceeded: Number.NaN })).toThrow('exceeded');
    const correct = { shortest: 1, longest: Number.POSITIVE_INFINITY };
    expect(() => cosineLengthReward(true, 1, { maxLength: 10, correct })).toThrow('correct.longest');
  });
});
