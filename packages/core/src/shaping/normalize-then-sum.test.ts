import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupRelativeAdvantages } from '../advantages/group-relative-advantages.ts';
import { ShapeError } from '../shape-error.ts';
import { normalizeThenSum, normalizeThenSumOverTokens } from './normalize-then-sum.ts';

const close = (values: readonly (number | null)[], digits = 12): unknown[] =>
  values.map((value) => (value === null ? null : (expect.closeTo(value, digits) as unknown)));

const exact = { groupEpsilon: 0, whitenEpsilon: 0 };

describe('normalizeThenSum', () => {
  it('gives what NeMo-RL gives for two samples: ±0.7071', () => {
    const objectives = [{ rewards: [0, 1] }, { rewards: [0, 5] }];
    expect(normalizeThenSum(objectives, [0, 0], exact)).toEqual(close([-Math.SQRT1_2, Math.SQRT1_2]));
  });

  it('gives what NeMo-RL gives for equal rewards: 0', () => {
    expect(normalizeThenSum([{ rewards: [3, 3] }, { rewards: [1, 1] }], [0, 0], exact)).toEqual([0, 0]);
  });

  it('tells objectives apart that their sum does not', () => {
    // sums of rewards are 1, 1, 0, 2; normalised by hand: √(1/3) and √(1/3) per objective
    const objectives = [{ rewards: [1, 0, 0, 1] }, { rewards: [0, 1, 0, 1], weight: 2 }];
    const unit = 0.5 / Math.sqrt(1 / 3);
    expect(normalizeThenSum(objectives, [0, 0, 0, 0], { ...exact, whiten: 'none' })).toEqual(
      close([-unit, unit, -3 * unit, 3 * unit]),
    );
  });

  it('leaves out what is missing', () => {
    const objectives = [{ rewards: [1, 0, null, null] }, { rewards: [null, 1, 0, null] }];
    const sums = normalizeThenSum(objectives, [0, 0, 0, 0], { ...exact, whiten: 'none' });
    expect(sums).toEqual(close([Math.SQRT1_2, 0, -Math.SQRT1_2, null]));
  });

  it('is GRPO, whitened over the batch, for one objective', () => {
    const rewards = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(rewards, (list) => {
        const groups = list.map(() => 0);
        const grpo = groupRelativeAdvantages(list, { epsilon: 1e-4 });
        expect(normalizeThenSum([{ rewards: list }], groups, { whiten: 'none' })).toEqual(close(grpo, 6));
        expect(normalizeThenSum([{ rewards: list }], groups)).toEqual(
          close(groupRelativeAdvantages(grpo, { epsilon: 1e-4 }), 6),
        );
      }),
    );
  });

  it('refuses what does not fit', () => {
    expect(() => normalizeThenSum([], [])).toThrow(RangeError);
    expect(() => normalizeThenSum([{ rewards: [1] }], [])).toThrow(ShapeError);
    expect(() => normalizeThenSum([{ rewards: [1] }, { rewards: [1, 2] }], [0])).toThrow(ShapeError);
  });
});

describe('normalizeThenSumOverTokens', () => {
  it('gives what verl gives: whitened over tokens', () => {
    // tokens −a, a, a with a = √½: mean a/3, sample variance (16 + 4 + 4)/9 a²/2
    const mask = [
      [1, 0],
      [1, 1],
    ];
    const inputs = { objectives: [{ rewards: [0, 1] }], groups: ['a', 'a'], mask };
    const advantages = normalizeThenSumOverTokens(inputs, { groupEpsilon: 0 });
    expect(advantages.map((row) => [...row])).toEqual([
      close([-2 / Math.sqrt(3), 0], 7),
      close([1 / Math.sqrt(3), 1 / Math.sqrt(3)], 7),
    ]);
  });

  it('refuses a batch that has no variance', () => {
    const inputs = { objectives: [{ rewards: [1] }], groups: [0], mask: [[0, 0]] };
    expect(() => normalizeThenSumOverTokens(inputs)).toThrow(RangeError);
  });
});
