import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roleConditionedAdvantages } from './role-conditioned-advantages.ts';

const samples = fc.array(
  fc.record({
    agent: fc.constantFrom('black', 'white', '__proto__', 'toString'),
    reward: fc.option(fc.integer({ min: -9, max: 9 })),
  }),
  { maxLength: 12 },
);

describe('roleConditionedAdvantages', () => {
  it('judges each reward before it moves the baseline of its agent', () => {
    const played = [
      { agent: 'black', reward: 1 },
      { agent: 'white', reward: -1 },
      { agent: 'black', reward: 1 },
      { agent: 'black', reward: 0 },
    ];
    // black: 0 → 0.5 → 0.75 → 0.375
    expect(roleConditionedAdvantages(played, { decay: 0.5 })).toEqual({
      advantages: [1, -1, 0.5, -0.75],
      baselines: { black: 0.375, white: -0.5 },
    });
  });

  it('has the decay 0.95 of prime-rl', () => {
    const { baselines } = roleConditionedAdvantages([{ agent: 'a', reward: 2 }], { baselines: { a: 1, b: 3 } });
    expect(baselines).toEqual({ a: expect.closeTo(1.05, 12) as unknown, b: 3 });
  });

  it('lets unverifiable rewards move nothing', () => {
    expect(roleConditionedAdvantages([{ agent: 'a', reward: null }], { baselines: { a: 1 } })).toEqual({
      advantages: [null],
      baselines: { a: 1 },
    });
    expect(roleConditionedAdvantages([])).toEqual({ advantages: [], baselines: {} });
  });

  it('leaves the baselines it was given alone', () => {
    const baselines = Object.freeze({ a: 1 });
    expect(roleConditionedAdvantages([{ agent: 'a', reward: 2 }], { baselines }).advantages).toEqual([1]);
    expect(baselines).toEqual({ a: 1 });
  });

  it.each([-0.1, 1, Number.NaN])('refuses a decay of %s', (decay) => {
    expect(() => roleConditionedAdvantages([], { decay })).toThrow(RangeError);
  });

  it('refuses rewards and baselines that are not finite', () => {
    expect(() => roleConditionedAdvantages([{ agent: 'a', reward: Number.NaN }])).toThrow(RangeError);
    expect(() => roleConditionedAdvantages([], { baselines: { a: Number.POSITIVE_INFINITY } })).toThrow(RangeError);
  });

  it('is the same in one call or in two with the state in between, also through JSON', () => {
    fc.assert(
      fc.property(samples, fc.nat(12), (played, cut) => {
        const whole = roleConditionedAdvantages(played);
        const first = roleConditionedAdvantages(played.slice(0, cut));
        const baselines = JSON.parse(JSON.stringify(first.baselines)) as Record<string, number>;
        const second = roleConditionedAdvantages(played.slice(cut), { baselines });
        expect([...first.advantages, ...second.advantages]).toEqual(whole.advantages);
        expect(Object.entries(second.baselines)).toEqual(Object.entries(whole.baselines));
      }),
    );
  });
});
