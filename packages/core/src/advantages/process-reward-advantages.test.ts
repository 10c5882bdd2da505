import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { leaveOneOutAdvantages } from './leave-one-out-advantages.ts';
import { type ProcessRewardInputs, processRewardAdvantages } from './process-reward-advantages.ts';
import { whitenOverTokens } from './whiten-over-tokens.ts';

const nan = Number.NaN;
const plain = { whiten: false } as const;

describe('processRewardAdvantages', () => {
  it('adds two leave-one-out advantages from the back', () => {
    const inputs: ProcessRewardInputs = {
      processRewards: [
        [1, 3, nan],
        [0, nan, 1],
      ],
      outcomeRewards: [1, 0],
      mask: [
        [1, 1, 0],
        [1, 0, 1],
      ],
      groups: ['a', 'a'],
    };
    // means 2 and 0.5: process part 2r − 2.5, outcome part ±1 at the last token
    const returns = [
      [4, 4.5, 0],
      [-4, 0, -1.5],
    ];
    expect(processRewardAdvantages(inputs, plain)).toEqual({ advantages: returns, returns });
    expect(processRewardAdvantages(inputs)).toEqual({ advantages: whitenOverTokens(returns, inputs.mask), returns });
    expect(processRewardAdvantages(inputs, { ...plain, gamma: 0.5 }).returns).toEqual([
      [-0.5 + 2.25, 4.5, 0],
      [-2.5 - 0.75, 0, -1.5],
    ]);
    expect(processRewardAdvantages(inputs, { ...plain, processWeight: 0, outcomeWeight: 2 }).returns).toEqual([
      [2, 2, 0],
      [-2, 0, -2],
    ]);
  });

  it('is the same after whitening for any common weight', () => {
    const inputs = {
      processRewards: [[1, 3], [0], [2]],
      outcomeRewards: [1, 0, 0.5],
      mask: [[1, 1], [1], [1]],
      groups: [1, 1, 1],
    };
    const five = processRewardAdvantages(inputs, { processWeight: 5, outcomeWeight: 5 }).advantages.flatMap((row) => [
      ...row,
    ]);
    processRewardAdvantages(inputs)
      .advantages.flatMap((row) => [...row])
      .forEach((value, i) => expect(five[i]).toBeCloseTo(value, 6));
  });

  it('leaves out sequences without a verdict, and those without tokens but for their outcome', () => {
    const inputs = {
      processRewards: [[1], [9], [nan], [4]],
      outcomeRewards: [1, null, 0, 0],
      mask: [[1], [1], [0], [1]],
      groups: ['a', 'a', 'a', 'a'],
    };
    // two process means 1 and 4: 2r − 5; three outcomes: 1, −0.5, −0.5
    expect(processRewardAdvantages(inputs, plain).advantages).toEqual([[-2], [0], [0], [2.5]]);
    const { advantages } = processRewardAdvantages(inputs);
    expect([advantages[1], advantages[2]]).toEqual([[0], [0]]);
  });

  it('gives a group of one and equal rewards 0', () => {
    const lone = { processRewards: [[1, 2]], outcomeRewards: [1], mask: [[1, 1]], groups: [0] };
    expect(processRewardAdvantages(lone).advantages).toEqual([[0, 0]]);
    const oneToken = { processRewards: [[3], []], outcomeRewards: [1, 0], mask: [[1], []], groups: [0, 0] };
    expect(processRewardAdvantages(oneToken)).toEqual({ advantages: [[1], []], returns: [[1], []] });
    const equal = { processRewards: [[0.5], [0.5]], outcomeRewards: [1, 1], mask: [[1], [1]], groups: [0, 0] };
    expect(processRewardAdvantages(equal).advantages).toEqual([[0], [0]]);
    expect(processRewardAdvantages({ processRewards: [], outcomeRewards: [], mask: [], groups: [] })).toEqual({
      advantages: [],
      returns: [],
    });
  });

  it('refuses shapes that do not fit and numbers that are not finite', () => {
    const inputs = { processRewards: [[1], [2]], outcomeRewards: [1, 0], mask: [[1], [1]], groups: [0, 0] };
    expect(() => processRewardAdvantages({ ...inputs, groups: [0] })).toThrow(ShapeError);
    expect(() => processRewardAdvantages({ ...inputs, mask: [[1], []] })).toThrow(ShapeError);
    expect(() => processRewardAdvantages({ ...inputs, outcomeRewards: [nan, 0] })).toThrow(RangeError);
    expect(() => processRewardAdvantages({ ...inputs, processRewards: [[nan], [0]] }, plain)).toThrow(RangeError);
    const long = { processRewards: [[1, 1], [2]], outcomeRewards: [1, 0], mask: [[1, 1], [1]], groups: [0, 0] };
    expect(() => processRewardAdvantages(long, { gamma: nan })).toThrow(RangeError);
    expect(() => processRewardAdvantages({ ...inputs, processRewards: [[1e308], [-1e308]] }, plain)).toThrow(
      RangeError,
    );
  });

  it('is RLOO of the outcomes where the process says nothing, and of the process where the outcomes do not', () => {
    const group = fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: 1, max: 3 })), { maxLength: 6 });
    fc.assert(
      fc.property(group, (samples) => {
        const values = samples.map(([value]) => value);
        const mask = samples.map(([, length]) => new Uint8Array(length).fill(1));
        const groups = samples.map(() => 0);
        const expected = leaveOneOutAdvantages(values) as number[];
        const zeros = mask.map((row) => new Float32Array(row.length));
        const outcome = processRewardAdvantages({ processRewards: zeros, outcomeRewards: values, mask, groups }, plain);
        outcome.returns.forEach((row, i) => row.forEach((value) => expect(value).toBeCloseTo(expected[i] ?? nan, 9)));
        const processRewards = mask.map((row, i) => Array.from(row, () => values[i] as number));
        const none = values.map(() => 0);
        const process = processRewardAdvantages({ processRewards, outcomeRewards: none, mask, groups }, plain);
        process.returns.forEach((row, i) => {
          row.forEach((value, token) => expect(value).toBeCloseTo((expected[i] ?? nan) * (row.length - token), 9));
        });
      }),
    );
  });
});
