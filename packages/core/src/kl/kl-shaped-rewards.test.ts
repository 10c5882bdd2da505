import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { klShapedRewards } from './kl-shaped-rewards.ts';

const inputs = { tokenRewards: [[0, 1]], oldLogProbs: [[-1, -2]], referenceLogProbs: [[-2, -1.5]] };

describe('klShapedRewards', () => {
  it('takes the log ratio off each token', () => {
    expect(klShapedRewards(inputs, 0.5)).toEqual([[-0.5, 1.25]]);
  });

  it('leaves masked tokens alone, also where their log-probs are NaN', () => {
    const withNaN = { ...inputs, oldLogProbs: [[Number.NaN, -2]], mask: [[0, 1]] };
    expect(klShapedRewards(withNaN, 0.5)).toEqual([[0, 1.25]]);
  });

  it('refuses arrays that do not fit', () => {
    expect(() => klShapedRewards({ ...inputs, oldLogProbs: [[-1]] }, 1)).toThrow(ShapeError);
  });
});
