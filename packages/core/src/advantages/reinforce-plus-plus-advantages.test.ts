import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import {
  discountedReturns,
  reinforcePlusPlusAdvantages,
  reinforcePlusPlusBaselineAdvantages,
} from './reinforce-plus-plus-advantages.ts';

describe('discountedReturns', () => {
  const inputs = { tokenRewards: [[1, 2, 3]], mask: [[1, 1, 0]] };

  it('resets after a masked token as verl does, or counts it as SkyRL does', () => {
    expect(discountedReturns({ ...inputs, tokenRewards: [[1, 2, 0]] })).toEqual([[3, 2, 0]]);
    expect(discountedReturns({ tokenRewards: [[1, 2, 3]], mask: [[1, 1, 1]] }, { gamma: 0.5 })).toEqual([
      [2.75, 3.5, 3],
    ]);
    // SkyRL, test_ppo_utils.py: rewards masked first, then no look at the mask
    expect(discountedReturns({ ...inputs, tokenRewards: [[1, 2, 0]] }, { gaps: 'ignore' })).toEqual([[3, 2, 0]]);
    expect(discountedReturns({ tokenRewards: [[1, 0, 3]], mask: [[1, 0, 1]] })).toEqual([[1, 3, 3]]);
    expect(discountedReturns({ tokenRewards: [[1, 0, 3]], mask: [[1, 0, 1]] }, { gaps: 'ignore' })).toEqual([
      [4, 3, 3],
    ]);
  });

  it('takes empty rows and refuses shapes that do not fit', () => {
    expect(discountedReturns({ tokenRewards: [[]], mask: [[]] })).toEqual([[]]);
    expect(() => discountedReturns({ tokenRewards: [[1]], mask: [[1, 1]] })).toThrow(ShapeError);
  });
});

describe('reinforcePlusPlusAdvantages', () => {
  it('whitens the returns over the batch', () => {
    const inputs = {
      tokenRewards: [
        [0, 4],
        [0, 0],
      ],
      mask: [
        [1, 1],
        [1, 1],
      ],
    };
    const { advantages, returns } = reinforcePlusPlusAdvantages(inputs);
    expect(returns).toEqual([
      [4, 4],
      [0, 0],
    ]);
    // deviations 2 over ddof 1: √(16/3)
    expect(advantages[0]?.[0]).toBeCloseTo(2 / Math.sqrt(16 / 3), 6);
    expect(advantages[1]?.[1]).toBeCloseTo(-2 / Math.sqrt(16 / 3), 6);
  });

  it('is 0 for constant returns and has no meaning without tokens', () => {
    expect(
      reinforcePlusPlusAdvantages({
        tokenRewards: [
          [0, 0.1],
          [0, 0.1],
        ],
        mask: [
          [1, 1],
          [1, 1],
        ],
      }).advantages,
    ).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(() => reinforcePlusPlusAdvantages({ tokenRewards: [[1]], mask: [[0]] })).toThrow(RangeError);
  });
});

describe('reinforcePlusPlusBaselineAdvantages', () => {
  const mask = [
    [1, 1],
    [1, 0],
    [1, 1],
    [1, 1],
  ];

  it('takes the group mean off, then whitens over tokens', () => {
    const rewards = [2, 0, 5, 5];
    const advantages = reinforcePlusPlusBaselineAdvantages({ rewards, groups: [0, 0, 1, 1], mask }, { ddof: 0 });
    // centred tokens 1 1 −1 0 0 0 0: mean 1/7, population variance 3/7 − 1/49
    const scale = Math.sqrt(3 / 7 - 1 / 49);
    expect(advantages[0]?.[0]).toBeCloseTo((1 - 1 / 7) / scale, 9);
    expect(advantages[1]).toEqual([expect.closeTo((-1 - 1 / 7) / scale, 9), 0]);
    expect(advantages[3]?.[1]).toBeCloseTo(-1 / 7 / scale, 9);
  });

  it('lets an unverifiable sequence neither move nor be measured', () => {
    const groups = [0, 0, 1, 1];
    const with_ = reinforcePlusPlusBaselineAdvantages(
      { rewards: [2, 0, null, 5], groups, mask },
      { singleton: 'zero' },
    );
    const without = reinforcePlusPlusBaselineAdvantages(
      { rewards: [2, 0, 5], groups: [0, 0, 1], mask: [mask[0] as number[], mask[1] as number[], mask[3] as number[]] },
      { singleton: 'zero' },
    );
    expect(with_[2]).toEqual([0, 0]);
    expect([with_[0], with_[1], with_[3]]).toEqual(without);
  });

  it('refuses rewards that are not finite and lengths that do not fit', () => {
    expect(() => reinforcePlusPlusBaselineAdvantages({ rewards: [Number.NaN], groups: [0], mask: [[1, 1]] })).toThrow(
      RangeError,
    );
    expect(() => reinforcePlusPlusBaselineAdvantages({ rewards: [1, 2], groups: [0, 0], mask: [[1]] })).toThrow(
      ShapeError,
    );
  });

  it('does not depend on the order of sequences', () => {
    const samples = fc.array(fc.tuple(fc.integer({ min: -5, max: 5 }), fc.constantFrom('a', 'b')), {
      minLength: 3,
      maxLength: 6,
    });
    fc.assert(
      fc.property(samples, (batch) => {
        const run = (order: typeof batch) =>
          reinforcePlusPlusBaselineAdvantages({
            rewards: order.map(([reward]) => reward),
            groups: order.map(([, group]) => group),
            mask: order.map(() => [1]),
          });
        const forwards = run(batch);
        run(batch.toReversed())
          .toReversed()
          .forEach((row, i) => expect(row[0]).toBeCloseTo(forwards[i]?.[0] ?? Number.NaN, 9));
      }),
    );
  });
});
