import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { greedyBaselineAdvantages } from './greedy-baseline-advantages.ts';

describe('greedyBaselineAdvantages', () => {
  it('takes the greedy reward off the rewards to go', () => {
    const { advantages, returns } = greedyBaselineAdvantages({
      tokenRewards: [[1, 0, 2, 9]],
      mask: [[1, 1, 1, 0]],
      greedyRewards: [0.5],
    });
    expect(returns).toEqual([[3, 2, 2, 0]]);
    expect(advantages).toEqual([[2.5, 1.5, 1.5, 0]]);
  });

  it('never reads masked places', () => {
    const inputs = { tokenRewards: [[1, Number.NaN]], mask: [[1, 0]], greedyRewards: [0] };
    expect(greedyBaselineAdvantages(inputs).advantages).toEqual([[1, 0]]);
  });

  it('refuses shapes that do not fit', () => {
    expect(() => greedyBaselineAdvantages({ tokenRewards: [[1]], mask: [[1]], greedyRewards: [] })).toThrow(ShapeError);
    expect(() => greedyBaselineAdvantages({ tokenRewards: [[1]], mask: [[1, 1]], greedyRewards: [0] })).toThrow(
      ShapeError,
    );
  });
});
