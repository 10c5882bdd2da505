import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { stepReturns } from './step-returns.ts';
import { type TurnLevelInputs, turnLevelAdvantages } from './turn-level-advantages.ts';

const nan = Number.NaN;
const twoTurns: TurnLevelInputs = {
  tokenRewards: [[0, 1, 0, 2]],
  values: [[0, 0, 0, 0]],
  mask: [[1, 1, 1, 1]],
  turnIds: [[0, 0, 1, 1]],
};

describe('turnLevelAdvantages', () => {
  it('equals AReaL: the decay applies between turns, not between tokens', () => {
    expect(turnLevelAdvantages(twoTurns, { gamma: 1, lambda: 0.5 })).toEqual({
      advantages: [[2, 2, 2, 2]],
      returns: [[2, 2, 2, 2]],
    });
  });

  it('equals AReaL: gaps and unused ids cost nothing, the last value stands for what follows a cut', () => {
    const inputs = {
      tokenRewards: [[0, 3, 0, 0, 4]],
      values: [[1, 5, 9, 2, 8]],
      mask: [[1, 1, 0, 1, 1]],
      turnIds: [[0, 0, -1, 2, 2]],
      truncated: [true],
    };
    expect(turnLevelAdvantages(inputs, { gamma: 0.5, lambda: 0.25 })).toEqual({
      advantages: [[3.75, 3.75, 0, 6, 6]],
      returns: [[4.75, 4.75, 9, 8, 8]],
    });
  });

  it('equals AReaL: one lambda per sequence', () => {
    const inputs = {
      tokenRewards: [...twoTurns.tokenRewards, ...twoTurns.tokenRewards],
      values: [...twoTurns.values, ...twoTurns.values],
      mask: [...twoTurns.mask, ...twoTurns.mask],
      turnIds: [...twoTurns.turnIds, ...twoTurns.turnIds],
    };
    expect(turnLevelAdvantages(inputs, { lambda: [0.5, 0] }).advantages).toEqual([
      [2, 2, 2, 2],
      [1, 1, 2, 2],
    ]);
  });

  it('bootstraps nothing where the sequence ended', () => {
    const inputs = { tokenRewards: [[1]], values: [[3]], mask: [[1]], turnIds: [[0]] };
    expect(turnLevelAdvantages(inputs).advantages).toEqual([[-2]]);
    expect(turnLevelAdvantages({ ...inputs, truncated: [false] }).advantages).toEqual([[-2]]);
    expect(turnLevelAdvantages({ ...inputs, truncated: [true] }).advantages).toEqual([[1]]);
  });

  it('bootstraps from the last place of its own row, masked or not', () => {
    const inputs = {
      tokenRewards: [
        [1, 0],
        [1, 0, 0],
      ],
      values: [
        [0, 4],
        [0, 4, 6],
      ],
      mask: [
        [1, 0],
        [1, 0, 0],
      ],
      turnIds: [
        [0, -1],
        [0, -1, -1],
      ],
      truncated: [true, true],
    };
    expect(turnLevelAdvantages(inputs, { gamma: 0.5 }).advantages).toEqual([
      [3, 0],
      [4, 0, 0],
    ]);
  });

  it('keeps a turn together over a masked token inside it', () => {
    const inputs = { tokenRewards: [[1, nan, 2]], values: [[5, 7, 9]], mask: [[1, 0, 1]], turnIds: [[3, nan, 3]] };
    expect(turnLevelAdvantages(inputs)).toEqual({ advantages: [[-2, 0, -2]], returns: [[3, 7, 3]] });
  });

  it('takes typed arrays, rows without trained tokens and no rows', () => {
    const row = (...numbers: readonly number[]) => Float32Array.from(numbers);
    const inputs = {
      tokenRewards: [row(1, 2), row()],
      values: [row(3, 4), row()],
      mask: [Uint8Array.of(0, 0), Uint8Array.of()],
      turnIds: [row(5, 1), row()],
      truncated: [true, true],
    };
    expect(turnLevelAdvantages(inputs)).toEqual({ advantages: [[0, 0], []], returns: [[3, 4], []] });
    expect(turnLevelAdvantages({ tokenRewards: [], values: [], mask: [], turnIds: [] })).toEqual({
      advantages: [],
      returns: [],
    });
  });

  it.each([[[1, 0]], [[-1, 0]], [[0, 0.5]], [[nan, 1]]])('refuses the turn ids %j of trained tokens', (turnIds) => {
    const inputs = { tokenRewards: [[0, 0]], values: [[0, 0]], mask: [[1, 1]], turnIds: [turnIds] };
    expect(() => turnLevelAdvantages(inputs)).toThrow(RangeError);
  });

  it('refuses shapes that do not fit and factors that are not finite', () => {
    expect(() => turnLevelAdvantages({ ...twoTurns, turnIds: [[0]] })).toThrow(ShapeError);
    expect(() => turnLevelAdvantages({ ...twoTurns, truncated: [] })).toThrow('truncated [0], mask [1]');
    expect(() => turnLevelAdvantages(twoTurns, { lambda: [1, 1] })).toThrow(ShapeError);
    expect(() => turnLevelAdvantages(twoTurns, { gamma: nan })).toThrow(RangeError);
    expect(() => turnLevelAdvantages(twoTurns, { lambda: [Number.POSITIVE_INFINITY] })).toThrow(RangeError);
  });

  it('has the returns of the turns with lambda 1, whatever the values, and is alike in a turn', () => {
    const turn = fc.record({
      rewards: fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 3 }),
      value: fc.integer({ min: -4, max: 4 }),
      gap: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 5 }), fc.constantFrom(0, 0.5, 1), (turns, gamma) => {
        const expand = (value: (turn: number, token: number) => number, gap: number): number[] =>
          turns.flatMap(({ rewards, gap: gapped }, k) => [
            ...(gapped ? [gap] : []),
            ...rewards.map((_, token) => value(k, token)),
          ]);
        const inputs = {
          tokenRewards: [expand((k, token) => turns[k]?.rewards[token] ?? nan, nan)],
          values: [expand((k, token) => (turns[k]?.value ?? nan) + token, 0)],
          mask: [expand(() => 1, 0)],
          turnIds: [expand((k) => 2 * k, -1)],
        };
        const sums = turns.map(({ rewards }) => rewards.reduce((sum, reward) => sum + reward, 0));
        const expected = stepReturns(sums, gamma);
        const { advantages, returns } = turnLevelAdvantages(inputs, { gamma });
        expect(returns).toEqual([expand((k) => expected[k] ?? nan, 0)]);
        expect(advantages).toEqual([expand((k) => (expected[k] ?? nan) - (turns[k]?.value ?? nan), 0)]);
      }),
    );
  });
});
