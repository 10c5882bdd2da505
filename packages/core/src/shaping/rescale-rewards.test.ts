import { describe, expect, it } from 'vitest';
import { rescaleRewards } from './rescale-rewards.ts';

describe('rescaleRewards', () => {
  it('gives what NeMo-RL gives', () => {
    const unit = { min: 0, max: 1 };
    const base = rescaleRewards([1, 0.5, 0.8], { source: unit, target: { min: 0, max: 0.7 } });
    expect(base).toEqual([0.7, 0.35, expect.closeTo(0.56, 12)]);
    expect(rescaleRewards([1, 0, null], { source: unit, target: { min: -1, max: 1 } })).toEqual([1, -1, null]);
    const clipped = rescaleRewards([-2.8, -0.25, 1.5, 0.5, 2, 2.5], {
      source: { min: -2, max: 2 },
      target: { min: -1, max: 1 },
    });
    expect(clipped).toEqual([-1, -0.125, 0.75, 0.25, 1, 1]);
  });

  it('may turn the scale round', () => {
    const options = { source: { min: 0, max: 10 }, target: { min: 1, max: 0 } };
    expect(rescaleRewards([0, 5, 10], options)).toEqual([1, 0.5, 0]);
  });

  it('refuses a source without width', () => {
    const target = { min: 0, max: 1 };
    expect(() => rescaleRewards([1], { source: { min: 1, max: 1 }, target })).toThrow('no width');
    expect(() => rescaleRewards([1], { source: { min: 2, max: 1 }, target })).toThrow(RangeError);
    expect(() => rescaleRewards([1], { source: target, target: { min: 0, max: Number.NaN } })).toThrow('target.max');
  });
});
