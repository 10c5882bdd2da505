import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { groupPolicyGradientAdvantages } from './group-policy-gradient-advantages.ts';

describe('groupPolicyGradientAdvantages', () => {
  it('scales centred rewards by batch size over non-zero rewards', () => {
    expect(groupPolicyGradientAdvantages([1, 0, 2, 0], [1, 1, 2, 2])).toEqual([1, -1, 2, -2]);
    expect(groupPolicyGradientAdvantages([1, 0, 0, 0], [1, 1, 2, 2], { normalization: 4 })).toEqual([0.5, -0.5, 0, 0]);
  });

  it('does not divide by zero when every reward is 0', () => {
    expect(groupPolicyGradientAdvantages([0, 0], [1, 1])).toEqual([0, 0]);
  });

  it('leaves unverifiable rewards out and follows the policy for a lone one', () => {
    expect(groupPolicyGradientAdvantages([2, null, 4, 0], [1, 1, 2, 2])).toEqual([0, null, 3, -3]);
    expect(groupPolicyGradientAdvantages([2, null], [1, 1], { singleton: 'reward' })).toEqual([2, null]);
  });

  it('refuses rewards without a group, and NaN', () => {
    expect(() => groupPolicyGradientAdvantages([1], [])).toThrow(ShapeError);
    expect(() => groupPolicyGradientAdvantages([Number.NaN], [1])).toThrow(RangeError);
  });
});
