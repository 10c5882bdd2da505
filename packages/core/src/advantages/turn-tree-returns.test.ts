import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { stepReturns } from './step-returns.ts';
import {
  type JointReturnBaseline,
  jointReturnAdvantages,
  type TurnNode,
  turnTreeReturns,
} from './turn-tree-returns.ts';

describe('turnTreeReturns', () => {
  it('adds the discounted mean of what followed, turn by turn', () => {
    const root = {
      rewards: [1, 0],
      children: [{ rewards: [2, 4], children: [{ rewards: [1, 1] }, { rewards: [0, 4] }] }, { rewards: [0, 2] }],
    };
    // second turn: 2 + 0.5·1, 4 + 0.5·2; first: 1 + 0.5·3.75, 0 + 0.5·1
    expect(turnTreeReturns(root, 0.5)).toEqual({
      returns: [2.875, 0.5],
      children: [
        {
          returns: [2.5, 5],
          children: [
            { returns: [1, 1], children: [] },
            { returns: [0, 4], children: [] },
          ],
        },
        { returns: [0, 2], children: [] },
      ],
    });
  });

  it('has the discount 0.9 of CoMLRL', () => {
    expect(turnTreeReturns({ rewards: [1], children: [{ rewards: [10] }] }).returns).toEqual([10]);
  });

  it('leaves out what has no verdict, and knows nothing before nothing known', () => {
    const root = {
      rewards: [1, 1, null, 1],
      children: [{ rewards: [null, 4] }, { rewards: [null] }, { rewards: [1] }, { rewards: [] }],
    };
    expect(turnTreeReturns(root, 0.5).returns).toEqual([3, null, null, 1]);
  });

  it('refuses a tree that does not fit, and numbers that are not finite', () => {
    expect(() => turnTreeReturns({ rewards: [1, 2], children: [{ rewards: [1] }] })).toThrow(ShapeError);
    expect(() => turnTreeReturns({ rewards: [1], children: [{ rewards: [Number.NaN] }] })).toThrow(RangeError);
    expect(() => turnTreeReturns({ rewards: [1] }, Number.NaN)).toThrow(RangeError);
  });

  it('is the discounted return where every turn tries one joint action', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 6 }), (rewards) => {
        const chain = rewards.reduceRight<TurnNode | undefined>(
          (next, reward) => ({ rewards: [reward], ...(next && { children: [next] }) }),
          undefined,
        ) as TurnNode;
        expect(turnTreeReturns(chain, 0.5).returns).toEqual([stepReturns(rewards, 0.5)[0]]);
      }),
    );
  });
});

describe('jointReturnAdvantages', () => {
  it.each<[JointReturnBaseline, readonly number[]]>([
    ['mean', [3, 0, -3]],
    ['raw', [6, 3, 0]],
    ['max', [0, -3, -6]],
    ['rloo', [4.5, 0, -4.5]],
  ])('compares with the %s', (baseline, advantages) => {
    expect(jointReturnAdvantages([6, 3, 0], baseline)).toEqual(advantages);
    expect(jointReturnAdvantages([6, null, 3, 0], baseline)).toEqual(advantages.toSpliced(1, 0, null as never));
  });

  it('compares with the mean unless told otherwise', () => {
    expect(jointReturnAdvantages([2, 0])).toEqual([1, -1]);
  });

  it.each<JointReturnBaseline>(['mean', 'max', 'rloo'])('gives a lone return 0 with %s, and equal ones', (baseline) => {
    expect(jointReturnAdvantages([5, null], baseline)).toEqual([0, null]);
    expect(jointReturnAdvantages([0.5, 0.5, 0.5], baseline)).toEqual([0, 0, 0]);
    expect(jointReturnAdvantages([null], baseline)).toEqual([null]);
    expect(jointReturnAdvantages([], baseline)).toEqual([]);
  });

  it('refuses NaN and an unknown baseline', () => {
    expect(() => jointReturnAdvantages([Number.NaN], 'raw')).toThrow(RangeError);
    expect(() => jointReturnAdvantages([1], 'median' as JointReturnBaseline)).toThrow('median');
  });

  it('sums to 0 with the mean and with the mean of the others', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 8 }), (returns) => {
        for (const baseline of ['mean', 'rloo'] as const) {
          const advantages = jointReturnAdvantages(returns, baseline) as number[];
          expect(advantages.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 8);
        }
      }),
    );
  });
});
