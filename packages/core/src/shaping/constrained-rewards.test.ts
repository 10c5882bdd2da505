import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import {
  type ConstraintController,
  constrainedRewards,
  createConstraintController,
  type RewardConstraint,
  updateConstraintController,
} from './constrained-rewards.ts';

const short: RewardConstraint = { bound: 'at-most', threshold: 100, multiplier: 0.01, learningRate: 0.001 };
const polite: RewardConstraint = { bound: 'at-least', threshold: 0.5, multiplier: 1, learningRate: 2 };

describe('constrainedRewards', () => {
  it('adds what samples are within or beyond a bound, at its price', () => {
    const measures = { short: [50, 200], polite: [0.5, 1] };
    // 1 + 0.5 + 0 and 1 − 1 + 0.5, by 2.01
    expect(constrainedRewards({ rewards: [1, 1], measures }, { short, polite })).toEqual([1.5 / 2.01, 0.5 / 2.01]);
    expect(constrainedRewards({ rewards: [1, 1], measures }, { short, polite }, { rescale: false })).toEqual([
      1.5, 0.5,
    ]);
  });

  it('leaves unverifiable samples so, and measures that are missing without effect', () => {
    const inputs = { rewards: [null, 1], measures: { polite: [1, null] } };
    expect(constrainedRewards(inputs, { polite }, { rescale: false })).toEqual([null, 1]);
  });

  it('is the reward without constraints', () => {
    expect(constrainedRewards({ rewards: [1, null, 0], measures: {} }, {})).toEqual([1, null, 0]);
  });

  it('refuses what does not fit', () => {
    const measures = { polite: [1] };
    expect(() => constrainedRewards({ rewards: [1], measures: {} }, { polite })).toThrow('polite has no measure');
    expect(() => constrainedRewards({ rewards: [1], measures }, {})).toThrow('polite has no constraint');
    expect(() => constrainedRewards({ rewards: [1, 2], measures }, { polite })).toThrow(ShapeError);
    expect(() => constrainedRewards({ rewards: [Number.NaN], measures }, { polite })).toThrow(RangeError);
    expect(() => constrainedRewards({ rewards: [1], measures: { polite: [Number.NaN] } }, { polite })).toThrow(
      'polite',
    );
  });
});

describe('updateConstraintController', () => {
  it('makes dearer what is not met and cheaper what is', () => {
    const next = updateConstraintController({ short, polite }, { short: [100, 300, null], polite: [0.75, 0.75] });
    // 0.01 + 0.001·100 and 1 − 2·0.25
    expect(next).toEqual({
      short: { ...short, multiplier: expect.closeTo(0.11, 12) as number },
      polite: { ...polite, multiplier: 0.5 },
    });
  });

  it('stays between 0 and the maximum', () => {
    const capped = { ...polite, maxMultiplier: 1.5 };
    expect(updateConstraintController({ capped }, { capped: [-10] })['capped']?.multiplier).toBe(1.5);
    expect(updateConstraintController({ capped }, { capped: [10] })['capped']?.multiplier).toBe(0);
  });

  it('stays as it is without a measured sample', () => {
    expect(updateConstraintController({ polite }, { polite: [null] })).toEqual({ polite });
    expect(updateConstraintController({ polite }, { polite: [] })).toEqual({ polite });
  });

  it('goes on from a checkpoint as if it had not stopped', () => {
    const steps = fc.array(fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { maxLength: 4 }), { maxLength: 6 });
    fc.assert(
      fc.property(steps, (batches) => {
        let straight: ConstraintController = { polite };
        let resumed: ConstraintController = { polite };
        for (const values of batches) {
          straight = updateConstraintController(straight, { polite: values });
          const restored = JSON.parse(JSON.stringify(resumed)) as ConstraintController;
          resumed = updateConstraintController(restored, { polite: values });
        }
        expect(resumed).toEqual(straight);
      }),
    );
  });

  it('refuses a controller that is none', () => {
    for (const wrong of [
      { multiplier: -1 },
      { learningRate: 0 },
      { threshold: Number.NaN },
      { maxMultiplier: 0.5 },
      { bound: 'near' as 'at-most' },
    ]) {
      expect(() => createConstraintController({ polite: { ...polite, ...wrong } })).toThrow(RangeError);
    }
    expect(createConstraintController({ polite })).toEqual({ polite });
  });
});
