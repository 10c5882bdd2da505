import { describe, expect, it } from 'vitest';
import { type StopProperlyRule, stopProperly } from './stop-properly.ts';

const shaped = (rewards: readonly (number | null)[], truncated: readonly boolean[], rule: StopProperlyRule) =>
  rewards.map((reward, i) => stopProperly(reward, truncated[i] ?? false, rule));

describe('stopProperly', () => {
  it('gives what NeMo-RL gives, scaled rewards of truncated samples', () => {
    const rewards = shaped([1, 0.8, 0.6, 0.4], [false, true, false, true], { scale: 0.5 });
    expect(rewards).toEqual([1, expect.closeTo(0.4, 12), 0.6, expect.closeTo(0.2, 12)]);
    expect(shaped([1, 0.5], [true, true], { scale: 0 })).toEqual([0, 0]);
    expect(shaped([1, 0.5], [true, true], { scale: 1 })).toEqual([1, 0.5]);
  });

  it('gives what OpenRLHF gives for a negative coefficient, that value', () => {
    expect(shaped([1, 0, -1], [true, false, true], { replaceWith: -0.5 })).toEqual([-0.5, 0, -0.5]);
  });

  it('leaves unverifiable samples so', () => {
    expect(shaped([null, null], [true, false], { replaceWith: -1 })).toEqual([null, null]);
  });

  it('refuses what NeMo-RL refuses, scales outside 0 to 1', () => {
    expect(() => stopProperly(1, true, { scale: -0.1 })).toThrow(RangeError);
    expect(() => stopProperly(1, true, { scale: 1.5 })).toThrow(RangeError);
    expect(() => stopProperly(1, false, { scale: Number.NaN })).toThrow(RangeError);
    expect(() => stopProperly(1, false, { replaceWith: Number.NEGATIVE_INFINITY })).toThrow(RangeError);
    expect(() => stopProperly(Number.NaN, true, { scale: 0.5 })).toThrow(RangeError);
  });
});
