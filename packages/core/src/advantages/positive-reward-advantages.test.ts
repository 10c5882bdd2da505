import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestSamples, positiveRewardAdvantages } from './positive-reward-advantages.ts';

const rewards = fc.array(fc.option(fc.integer({ min: -9, max: 9 })), { maxLength: 12 });

describe('positiveRewardAdvantages', () => {
  it('keeps what is positive', () => {
    expect(positiveRewardAdvantages([1, -1, 0, null, 2.5])).toEqual([1, 0, 0, null, 2.5]);
    expect(positiveRewardAdvantages([])).toEqual([]);
  });

  it('gives +0 where nothing is left, also for −0', () => {
    expect(positiveRewardAdvantages([-0, -3]).map((value) => Object.is(value, 0))).toEqual([true, true]);
  });

  it('refuses NaN', () => {
    expect(() => positiveRewardAdvantages([Number.NaN])).toThrow(RangeError);
  });
});

describe('bestSamples', () => {
  it('takes the best, the earlier one of equals', () => {
    expect(bestSamples([1, 3, 3, 2])).toEqual([1]);
    expect(bestSamples([2, 1, 3, 2], 2)).toEqual([0, 2]);
    expect(bestSamples([0, 0, 0], 2)).toEqual([0, 1]);
  });

  it('never takes an unverifiable sample', () => {
    expect(bestSamples([null, -5, null], 2)).toEqual([1]);
    expect(bestSamples([null])).toEqual([]);
    expect(bestSamples([1, 2], 0)).toEqual([]);
  });

  it.each([-1, 0.5, Number.NaN])('refuses to take %s samples', (count) => {
    expect(() => bestSamples([1], count)).toThrow(RangeError);
  });

  it('leaves none out that is better than one taken', () => {
    fc.assert(
      fc.property(rewards, fc.nat(12), (group, count) => {
        const taken = new Set(bestSamples(group, count));
        const worst = Math.min(...[...taken].map((position) => group[position] ?? Number.NaN));
        const left = group.filter((reward, i): reward is number => reward !== null && !taken.has(i));
        if (taken.size > 0) expect(left.every((reward) => reward <= worst)).toBe(true);
        expect(taken.size).toBe(Math.min(count, group.filter((reward) => reward !== null).length));
      }),
    );
  });
});
