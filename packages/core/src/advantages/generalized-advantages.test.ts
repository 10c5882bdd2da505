import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { generalizedAdvantages, lengthAdaptiveLambda } from './generalized-advantages.ts';
import { whitenOverTokens } from './whiten-over-tokens.ts';

const nan = Number.NaN;
const about = (rows: readonly (readonly number[])[]): unknown[] =>
  rows.map((row) => row.map((value): unknown => expect.closeTo(value, 4)));
const inputs = { tokenRewards: [[1, 2, 3]], values: [[0.5, 1, 1.5]], mask: [[1, 1, 1]] };

describe('generalizedAdvantages', () => {
  // SkyRL, test_ppo_utils.py
  it.each([
    { gamma: 1, lambda: 1, returns: [6, 5, 3] },
    { gamma: 0.5, lambda: 1, returns: [2.75, 3.5, 3] },
    { gamma: 1, lambda: 0.5, returns: [3.625, 4.25, 3] },
  ])('gives the returns of SkyRL for gamma $gamma and lambda $lambda', ({ returns, ...options }) => {
    expect(generalizedAdvantages(inputs, options).returns).toEqual([returns]);
  });

  describe('at a gap', () => {
    const gap = { ...inputs, mask: [[1, 0, 1]] };

    it('carries over it as verl, AReaL and NeMo-RL do', () => {
      const { advantages } = generalizedAdvantages(gap, { atMasked: 'recursion' });
      expect(advantages).toEqual([[3.5, 1.5, 1.5]]);
      expect(whitenOverTokens(advantages, gap.mask, { atMasked: 'scaled' })).toEqual(
        about([[0.7071, -0.7071, -0.7071]]),
      );
    });

    it('reads it like any token as SkyRL does', () => {
      const { advantages } = generalizedAdvantages(gap, { gaps: 'ignore', atMasked: 'recursion' });
      expect(advantages).toEqual([[5.5, 4, 1.5]]);
      expect(whitenOverTokens(advantages, gap.mask, { atMasked: 'scaled' })).toEqual(
        about([[0.7071, 0.1768, -0.7071]]),
      );
    });

    it('counts its rewards and values as 0 as TRL and OpenRLHF do', () => {
      // last 3 − 1.5; gap 0 + 1.5 − 0 + 1.5; first 1 + 0 − 0.5 + 3
      const { advantages } = generalizedAdvantages(gap, { gaps: 'zero', atMasked: 'recursion' });
      expect(advantages).toEqual([[3.5, 3, 1.5]]);
    });

    it('is 0 by default, and never read unless told to', () => {
      const dirty = { tokenRewards: [[1, nan, 3]], values: [[0.5, nan, 1.5]], mask: [[1, 0, 1]] };
      expect(generalizedAdvantages(dirty)).toEqual({ advantages: [[3.5, 0, 1.5]], returns: [[4, 0, 3]] });
      expect(generalizedAdvantages(dirty, { gaps: 'zero' }).advantages).toEqual([[3.5, 0, 1.5]]);
    });
  });

  it('starts from the bootstrap value of a response that was cut off', () => {
    expect(generalizedAdvantages({ ...inputs, bootstrapValues: [10] }).returns).toEqual([[16, 15, 13]]);
  });

  it('takes another lambda for the returns, and one lambda per sequence (VAPO)', () => {
    const both = {
      tokenRewards: [
        [0, 1],
        [0, 1],
      ],
      values: [
        [0, 0],
        [0, 0],
      ],
      mask: [
        [1, 1],
        [1, 1],
      ],
    };
    const { advantages, returns } = generalizedAdvantages(both, { lambda: [0, 0.5], returnLambda: 1 });
    expect(advantages).toEqual([
      [0, 1],
      [0.5, 1],
    ]);
    expect(returns).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(lengthAdaptiveLambda([100, 10, 0], 0.05)).toEqual([0.8, 0, 0]);
    expect(() => lengthAdaptiveLambda([1], 0)).toThrow(RangeError);
  });

  it('takes rows of different lengths, empty ones too', () => {
    const ragged = { tokenRewards: [[], [2]], values: [[], Float32Array.of(0.5)], mask: [[], Uint8Array.of(1)] };
    expect(generalizedAdvantages(ragged)).toEqual({ advantages: [[], [1.5]], returns: [[], [2]] });
    expect(generalizedAdvantages({ tokenRewards: [], values: [], mask: [] })).toEqual({ advantages: [], returns: [] });
  });

  it('refuses arrays that do not fit', () => {
    expect(() => generalizedAdvantages({ ...inputs, values: [[1]] })).toThrow(ShapeError);
    expect(() => generalizedAdvantages({ ...inputs, bootstrapValues: [] })).toThrow(ShapeError);
    expect(() => generalizedAdvantages(inputs, { lambda: [1, 1] })).toThrow(ShapeError);
  });

  it('is the return minus the value at lambda 1, and padding changes nothing', () => {
    const numbers = fc.array(fc.tuple(fc.integer({ min: -8, max: 8 }), fc.integer({ min: -8, max: 8 })), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(numbers, fc.nat({ max: 3 }), (tokens, padding) => {
        const row = (pick: (token: readonly [number, number]) => number, pad: number) => [
          [...tokens.map(pick), ...new Array<number>(padding).fill(pad)],
        ];
        const padded = {
          tokenRewards: row(([reward]) => reward, nan),
          values: row(([, value]) => value, nan),
          mask: row(() => 1, 0),
        };
        const [advantages = []] = generalizedAdvantages(padded).advantages;
        tokens.forEach(([, value], token) => {
          const toGo = tokens.slice(token).reduce((sum, [reward]) => sum + reward, 0);
          expect(advantages[token]).toBeCloseTo(toGo - value, 9);
        });
      }),
    );
  });
});

describe('whitenOverTokens', () => {
  it('gives mean 0 and variance 1 over trained tokens, by either variance', () => {
    const values = [
      [1, 2],
      [3, 99],
    ];
    const mask = [
      [1, 1],
      [1, 0],
    ];
    expect(whitenOverTokens(values, mask)).toEqual(
      about([
        [-1, 0],
        [1, 0],
      ]),
    );
    expect(whitenOverTokens(values, mask, { ddof: 0 })).toEqual(
      about([
        [-1.2247, 0],
        [1.2247, 0],
      ]),
    );
  });

  it('makes equal values exactly 0, whatever rounding their sum has', () => {
    expect(whitenOverTokens([[0.1, 0.1, 0.1]], [[1, 1, 1]])).toEqual([[0, 0, 0]]);
    expect(whitenOverTokens([[0.1]], [[1]], { ddof: 0 })).toEqual([[0]]);
  });

  it('has no meaning for too few tokens', () => {
    expect(() => whitenOverTokens([[1, 2]], [[0, 0]])).toThrow(RangeError);
    expect(() => whitenOverTokens([[1, 2]], [[1, 0]])).toThrow('1 trained token(s)');
    expect(() => whitenOverTokens([], [], { ddof: 0 })).toThrow(RangeError);
    expect(() => whitenOverTokens([[1]], [[1, 1]])).toThrow(ShapeError);
  });

  it('stays finite for huge values', () => {
    const whitened = whitenOverTokens([[1e30, -1e30, 0]], [[1, 1, 1]]);
    expect(whitened).toEqual(about([[1, -1, 0]]));
  });
});
