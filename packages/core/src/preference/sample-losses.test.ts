import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { bcoLoss } from './bco-loss.ts';
import { apoZeroUnpairedLoss, ktoLoss, ktoReferencePoint } from './kto-loss.ts';
import { mismatchCompletions } from './mismatch-completions.ts';
import type { SampleInputs, SampleLoss, SampleOptions } from './sample-loss.ts';

type Row = readonly [logProb: number, reference: number, desirable: number];

const losses = {
  ktoLoss: ((inputs, options) => ktoLoss(inputs, { ...options, referencePoint: 0.5 })) as SampleLoss<SampleOptions>,
  apoZeroUnpairedLoss,
  bcoLoss: ((inputs, options) => bcoLoss(inputs, { ...options, rewardShift: 0.5 })) as SampleLoss<SampleOptions>,
};

function inputsOf(rows: readonly Row[]): SampleInputs {
  const column = (place: number) => tf.tensor1d(rows.map((row) => row[place] ?? Number.NaN));
  return { logProbs: column(0), referenceLogProbs: column(1), desirable: column(2) };
}

const sigma = (x: number) => 1 / (1 + Math.exp(-x));
const closeTo = (value: number, expected: number, scale = 1) =>
  expect(Math.abs(value - expected)).toBeLessThanOrEqual(2e-5 * Math.max(scale, Math.abs(expected)));

describeBackends('losses of single completions', () => {
  const value = (scalar: tf.Tensor) => scalar.dataSync()[0] ?? Number.NaN;
  const evaluate = (loss: SampleLoss<SampleOptions>, inputs: SampleInputs, options: SampleOptions = {}) =>
    tf.tidy(() => {
      const { value: total, grad } = tf.valueAndGrad(
        (logProbs: tf.Tensor) => loss({ ...inputs, logProbs: tf.reshape(logProbs, [-1]) }, options).loss,
      )(inputs.logProbs);
      return { loss: value(total), gradient: Array.from(grad.dataSync()) };
    });

  it.each([
    [1, 1],
    [2, 0.5],
  ])('KTO at the reference is w/2 of each side (weights %d and %d)', (desirableWeight, undesirableWeight) => {
    const options = { referencePoint: 0, desirableWeight, undesirableWeight };
    expect(value(ktoLoss(inputsOf([[-4, -4, 1]]), options).loss)).toBeCloseTo(desirableWeight / 2, 6);
    expect(value(ktoLoss(inputsOf([[-4, -4, 0]]), options).loss)).toBeCloseTo(undesirableWeight / 2, 6);
    const both = inputsOf([
      [-4, -4, 1],
      [-9, -9, 0],
    ]);
    expect(value(ktoLoss(both, options).loss)).toBeCloseTo((desirableWeight + undesirableWeight) / 4, 6);
  });

  it('computes KTO, APO-zero and BCO by hand', () => {
    const rows: Row[] = [
      [-3, -5, 1],
      [-6, -5, 0],
    ];
    const kto = ktoLoss.perSample(inputsOf(rows), { beta: 0.5, referencePoint: 1, undesirableWeight: 3 });
    expect(kto.arraySync()).toEqual([expect.closeTo(sigma(-0.5), 6), expect.closeTo(3 * sigma(-1), 6)]);
    const apo = apoZeroUnpairedLoss.perSample(inputsOf(rows), { beta: 0.5 });
    expect(apo.arraySync()).toEqual([expect.closeTo(sigma(-1), 6), expect.closeTo(sigma(-0.5), 6)]);
    const bco = bcoLoss.perSample(inputsOf(rows), { beta: 0.5, rewardShift: 0.25 });
    expect(bco.arraySync()).toEqual([
      expect.closeTo(-Math.log(sigma(0.75)), 6),
      expect.closeTo(-Math.log(sigma(0.75)), 6),
    ]);
  });

  it('measures each side by itself, 0 where there is none', () => {
    const { metrics } = ktoLoss(
      inputsOf([
        [-3, -5, 1],
        [-6, -5, 0],
        [-8, -4, 0],
      ]),
      { beta: 0.5, referencePoint: 0 },
    );
    expect(Object.entries(metrics).map(([key, metric]) => [key, value(metric as tf.Scalar)])).toEqual([
      ['desirableReward', 1],
      ['undesirableReward', -1.25],
      ['rewardMargin', 2.25],
      ['desirableLogProb', -3],
      ['undesirableLogProb', -7],
    ]);
    expect(value(ktoLoss(inputsOf([[-3, -5, 1]]), { referencePoint: 0 }).metrics.undesirableReward)).toBe(0);
  });

  it('estimates the reference point over mismatched pairs, never below 0', () => {
    const inputs = { logProbs: tf.tensor1d([-3, -6, 100]), referenceLogProbs: tf.tensor1d([-5, -7, 0]) };
    expect(value(ktoReferencePoint({ ...inputs, sampleMask: tf.tensor1d([1, 1, 0]) }))).toBe(1.5);
    const less = { logProbs: tf.tensor1d([-9]), referenceLogProbs: tf.tensor1d([-5]) };
    expect(value(ktoReferencePoint(less))).toBe(0);
    expect(() => ktoReferencePoint({ ...less, logProbs: tf.zeros([2]) })).toThrow(ShapeError);
  });

  it('takes the reference point as a constant', () => {
    const gradient = (logProbs: tf.Tensor) =>
      ktoLoss(
        { ...inputsOf([[-4, -5, 1]]), logProbs: logProbs as tf.Tensor1D },
        {
          beta: 1,
          referencePoint: ktoReferencePoint({
            logProbs: logProbs as tf.Tensor1D,
            referenceLogProbs: tf.tensor1d([-5]),
          }),
        },
      ).loss;
    expect(value(tf.grad(gradient)(tf.tensor1d([-4])))).toBeCloseTo(-0.25, 6);
  });

  const rowOf = (largest: number): fc.Arbitrary<Row> => {
    const logProb = fc.double({ min: -largest, max: largest, noNaN: true });
    return fc.tuple(logProb, logProb, fc.constantFrom(0, 1));
  };

  describe.each(Object.entries(losses))('%s', (name, given) => {
    it('is finite up to log ratios of 1e4, in value and gradient', () => {
      fc.assert(
        fc.property(fc.array(rowOf(5e3), { minLength: 1, maxLength: 4 }), (rows) => {
          const { loss, gradient } = evaluate(given, inputsOf(rows));
          expect([loss, ...gradient].every(Number.isFinite)).toBe(true);
        }),
        { numRuns: 15 },
      );
    });

    it('adds up over micro-batches in any order, with its metrics', () => {
      fc.assert(
        fc.property(fc.array(fc.tuple(rowOf(3), fc.nat(2)), { minLength: 1, maxLength: 6 }), (entries) => {
          const rows = entries.map(([row]) => row);
          const desirableCount = rows.filter(([, , good]) => good === 1).length;
          const counts = { sampleCount: rows.length, desirableCount, undesirableCount: rows.length - desirableCount };
          const whole = evaluate(given, inputsOf(rows), counts);
          let [sum, margin] = [0, 0];
          for (const part of [1, 2, 0]) {
            const places = rows.map((_, i) => i).filter((i) => entries[i]?.[1] === part);
            if (places.length === 0) continue;
            const inputs = inputsOf(places.map((i) => rows[i] as Row));
            const { loss, gradient } = evaluate(given, inputs, counts);
            sum += loss;
            margin += value(given(inputs, counts).metrics.rewardMargin);
            places.forEach((place, i) => closeTo(gradient[i] ?? Number.NaN, whole.gradient[place] ?? 0));
          }
          closeTo(sum, whole.loss);
          closeTo(margin, value(given(inputsOf(rows), counts).metrics.rewardMargin));
        }),
        { numRuns: 15 },
      );
    });

    it('never reads rows that are no samples, and is 0 without samples', () => {
      const nan = Number.NaN;
      const inputs = inputsOf([
        [-3, -5, 1],
        [nan, nan, nan],
      ]);
      const masked = evaluate(given, { ...inputs, sampleMask: tf.tensor1d([1, 0]) });
      const alone = evaluate(given, inputsOf([[-3, -5, 1]]));
      expect(masked).toEqual({ loss: alone.loss, gradient: [alone.gradient[0], 0] });
      const none = evaluate(given, { ...inputs, sampleMask: tf.zeros([2]) });
      expect([none.loss, ...none.gradient].map(Math.abs)).toEqual([0, 0, 0]);
    });

    it('refuses what has no meaning, and leaves no tensor behind', () => {
      const inputs = inputsOf([[-3, -5, 1]]);
      expect(() => given({ ...inputs, desirable: tf.zeros([2]) }, {})).toThrow(ShapeError);
      expect(() => given(inputs, { beta: 0 })).toThrow(`${name}: beta`);
      expect(() => given(inputs, { desirableWeight: -1 })).toThrow(RangeError);
      expect(() => given(inputs, { sampleCount: -1 })).toThrow(RangeError);
      const before = tf.memory().numTensors;
      const { loss, metrics } = given(inputs, {});
      tf.dispose([loss, ...(Object.values(metrics) as tf.Scalar[])]);
      evaluate(given, inputs);
      expect(tf.memory().numTensors).toBe(before);
    });
  });

  it('KTO refuses a negative reference point', () => {
    expect(() => ktoLoss(inputsOf([[-3, -5, 1]]), { referencePoint: -1 })).toThrow(RangeError);
  });
});

describe('mismatchCompletions', () => {
  it('gives every prompt the completion of its neighbour', () => {
    expect(mismatchCompletions([[1], [2], [3]])).toEqual([[3], [1], [2]]);
  });

  it('refuses a batch of one, which has no other', () => {
    expect(() => mismatchCompletions(['a'])).toThrow(RangeError);
    expect(() => mismatchCompletions([])).toThrow(RangeError);
  });
});
