import { describe, expect, it } from 'vitest';
import { checkKlPlacement } from './check-kl-placement.ts';

describe('checkKlPlacement', () => {
  it('says where the penalty is', () => {
    expect(checkKlPlacement({ rewardCoefficient: 0.1, lossCoefficient: 0 })).toBe('reward');
    expect(checkKlPlacement({ lossCoefficient: 0.001 })).toBe('loss');
    expect(checkKlPlacement({})).toBe('none');
  });

  it('refuses both at once, and says what to set', () => {
    expect(() => checkKlPlacement({ rewardCoefficient: 0.1, lossCoefficient: 0.2 })).toThrow(
      /reward \(0\.1\) and in the loss \(0\.2\).*set rewardCoefficient or lossCoefficient to 0/,
    );
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a coefficient of %d', (rewardCoefficient) => {
    expect(() => checkKlPlacement({ rewardCoefficient })).toThrow(RangeError);
  });
});
