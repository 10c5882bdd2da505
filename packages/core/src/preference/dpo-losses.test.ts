import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { aotLoss, aotUnpairedLoss } from './aot-losses.ts';
import * as dpoLosses from './dpo-losses.ts';
import { discopopLoss } from './discopop-loss.ts';
import { type DpoLossName, type DpoOptions, dpoLoss, mixedDpoLoss } from './dpo-loss.ts';
import { exoPairLoss } from './exo-pair-loss.ts';
import { ipoLoss } from './ipo-loss.ts';
import type { BetaOptions } from './dpo-pair-loss.ts';
import type { ChosenLikelihoodOptions } from './chosen-likelihood-loss.ts';
import type { KtoPairOptions } from './kto-pair-loss.ts';
import type { LabelSmoothingOptions } from './label-smoothing.ts';
import type { PairCounts, PairInputs, PairLoss } from './pair-loss.ts';

type Row = readonly [chosen: number, rejected: number, referenceChosen: number, referenceRejected: number];
type Options = BetaOptions & LabelSmoothingOptions & KtoPairOptions & ChosenLikelihoodOptions & PairCounts;

const names = Object.keys(dpoLosses) as DpoLossName[];
const lossOf = (name: DpoLossName): PairLoss<Options> => dpoLosses[name];
// Not β·Δ of sorted rows or of means over rows, so a sum over parts is the whole; the others are tested by themselves.
const separable = names.filter((name) => !name.startsWith('aot'));
const fixedPoints = { chosenKl: 0.5, rejectedKl: 0.25 };

const twos = (size: number): tf.Tensor1D => tf.fill([size], 2);

function inputsOf(rows: readonly Row[]): PairInputs {
  const column = (place: number) => tf.tensor1d(rows.map((row) => row[place] ?? Number.NaN));
  return {
    chosenLogProbs: column(0),
    rejectedLogProbs: column(1),
    referenceChosenLogProbs: column(2),
    referenceRejectedLogProbs: column(3),
    chosenLengths: tf.tensor1d(rows.map((_, i) => 1 + (i % 3))),
    rejectedLengths: twos(rows.length),
  };
}

const closeTo = (value: number, expected: number, scale = 1) =>
  expect(Math.abs(value - expected)).toBeLessThanOrEqual(2e-5 * Math.max(scale, Math.abs(expected)));

describeBackends('losses of pairs', () => {
  const value = (loss: tf.Scalar) => loss.dataSync()[0] ?? Number.NaN;
  const evaluate = (loss: PairLoss<Options>, inputs: PairInputs, options: Options = {}) =>
    tf.tidy(() => {
      // One tensor for both sides: not every loss reads the rejected.
      const { value: total, grad } = tf.valueAndGrad((both: tf.Tensor) => {
        const [chosenLogProbs, rejectedLogProbs] = tf.split(both, 2) as [tf.Tensor1D, tf.Tensor1D];
        return loss({ ...inputs, chosenLogProbs, rejectedLogProbs }, options).loss;
      })(tf.concat([inputs.chosenLogProbs, inputs.rejectedLogProbs]));
      const gradients = tf.split(grad, 2).map((side) => Array.from(side.dataSync()));
      return { loss: value(total), gradients };
    });

  // Every loss where the policy is the reference, and one pair a nat apart: Δ_c = 1, Δ_r = −1, β = ½, by hand.
  const atReference: Record<DpoLossName, number> = {
    sigmoid: Math.LN2,
    cdpo: Math.LN2,
    robust: Math.LN2,
    sigmoid_norm: Math.LN2,
    ipo: 1,
    hinge: 1,
    exo_pair: 0.5 * (Math.log(0.5 / 0.75) + Math.log(0.5 / 0.25)),
    nca_pair: 2 * Math.LN2,
    bco_pair: 2 * Math.LN2,
    sppo_hard: 2,
    aot: Math.LN2,
    aot_unpaired: Math.LN2,
    apo_zero: 1,
    apo_down: 1,
    discopop: 0.5 * Math.LN2 + 0.5,
    kto_pair: 0.5,
    sft: 5,
  };
  const sigma = (x: number) => 1 / (1 + Math.exp(-x));
  const logSigma = (x: number) => -Math.log1p(Math.exp(-x));
  const apart: Record<DpoLossName, number> = {
    sigmoid: -logSigma(1),
    cdpo: -0.75 * logSigma(1) - 0.25 * logSigma(-1),
    robust: (-0.75 * logSigma(1) + 0.25 * logSigma(-1)) / 0.5,
    sigmoid_norm: -logSigma(0.5 * (1 + 0.5)),
    ipo: (1 + 0.5 - 1) ** 2,
    hinge: 0,
    exo_pair: sigma(1) * (logSigma(1) - Math.log(0.75)) + sigma(-1) * (logSigma(-1) - Math.log(0.25)),
    nca_pair: -logSigma(0.5) - 0.5 * logSigma(-0.5) - 0.5 * logSigma(0.5),
    bco_pair: -2 * logSigma(0.5),
    sppo_hard: 0,
    aot: -0.75 * logSigma(1) - 0.25 * logSigma(-1),
    aot_unpaired: -0.75 * logSigma(1) - 0.25 * logSigma(-1),
    apo_zero: 2 * sigma(-0.5),
    apo_down: sigma(0.5) + sigma(-1),
    discopop: sigma(-20) * -logSigma(1) + sigma(20) * Math.exp(-1),
    // z_c = 1 of the chosen, and max(0, −1) = 0 of the rejected.
    kto_pair: 0.5 * (sigma(-0.5) + sigma(-1)),
    sft: 4,
  };
  const options: Options = { beta: 0.5, labelSmoothing: 0.25 };

  it.each(names)('%s at the reference, and a nat apart', (name) => {
    closeTo(value(lossOf(name)(inputsOf([[-5, -7, -5, -7]]), options).loss), atReference[name]);
    closeTo(value(lossOf(name)(inputsOf([[-4, -8, -5, -7]]), options).loss), apart[name]);
  });

  it('DPO at the reference is ln 2, as TRL records for its first step: .693147', () => {
    const { loss } = dpoLoss(inputsOf([[-87.35726, -40.539024, -87.35726, -40.539024]]));
    expect(value(loss).toFixed(6)).toBe('0.693147');
  });

  it.each([0.1, 0.5, 2])(
    'IPO at the reference is 1/(4β²), β = %d (OpenRLHF and ROLL by sums, TRL by averages)',
    (beta) => {
      const inputs = inputsOf([[-3, -4, -3, -4]]);
      for (const logRatios of ['average', 'sum'] as const) {
        closeTo(value(ipoLoss(inputs, { beta, logRatios }).loss), 1 / (4 * beta ** 2));
      }
    },
  );

  it('IPO takes the scores of a divergence', () => {
    // 1 − e^{−ln 2} = ½ and 1 − e^{ln 2} = −1, against 1/(2·½)
    const inputs = inputsOf([[Math.LN2, -Math.LN2, 0, 0]]);
    closeTo(value(ipoLoss(inputs, { beta: 0.5, logRatios: 'sum', divergence: 'forward_kl' }).loss), (0.5 + 1 - 1) ** 2);
  });

  it('IPO of sums is not IPO of averages', () => {
    const inputs = {
      ...inputsOf([[-2, -8, -4, -4]]),
      chosenLengths: tf.tensor1d([2]),
      rejectedLengths: tf.tensor1d([4]),
    };
    closeTo(value(ipoLoss(inputs, { beta: 0.5, logRatios: 'sum' }).loss), (2 + 4 - 1) ** 2);
    closeTo(value(ipoLoss(inputs, { beta: 0.5 }).loss), (1 + 1 - 1) ** 2);
  });

  it('measures rewards and log-probs', () => {
    const { metrics } = dpoLoss(
      inputsOf([
        [-4, -8, -5, -7],
        [-6, -7, -5, -7],
      ]),
      { loss: 'sigmoid', beta: 0.5 },
    );
    const read = Object.fromEntries(Object.entries(metrics).map(([key, metric]) => [key, value(metric as tf.Scalar)]));
    expect(read).toEqual({
      chosenReward: 0,
      rejectedReward: -0.25,
      rewardMargin: 0.25,
      rewardAccuracy: 0.5,
      chosenLogProb: -5,
      rejectedLogProb: -7.5,
    });
  });

  it('AOT compares sorted margins and leaves each loss at its own row', () => {
    // Margins 5, 1 and reference margins 2, 3: smallest with smallest, 1 with 2 and 5 with 3.
    const { losses } = aotLoss.perPair(
      inputsOf([
        [5, 0, 2, 0],
        [1, 0, 3, 0],
      ]),
      { beta: 1 },
    );
    const [first, second] = Array.from(losses.dataSync());
    closeTo(first ?? 0, -logSigma(2));
    closeTo(second ?? 0, -logSigma(-1));
  });

  it('AOT leaves rows that are no pairs out of the sorting', () => {
    const rows: Row[] = [
      [5, 0, 2, 0],
      [100, 0, -100, 0],
      [1, 0, 3, 0],
    ];
    const masked = { ...inputsOf(rows), pairMask: tf.tensor1d([1, 0, 1]) };
    for (const loss of [aotLoss, aotUnpairedLoss]) {
      closeTo(value(loss(masked).loss), value(loss(inputsOf(rows.filter((_, i) => i !== 1))).loss));
    }
  });

  it('kto_pair with reference points given adds up and sends no gradient through them', () => {
    const row: Row = [-4, -8, -5, -7];
    const own = evaluate(lossOf('kto_pair'), inputsOf([row]), { beta: 0.5 });
    const fixed = evaluate(lossOf('kto_pair'), inputsOf([row]), { beta: 0.5, chosenKl: 1, rejectedKl: 0 });
    closeTo(fixed.loss, own.loss);
    const slope = (x: number) => sigma(x) * sigma(-x);
    closeTo(fixed.gradients[0]?.[0] ?? 0, -0.25 * slope(0.5));
    // Through z_c the chosen also make the rejected look better.
    closeTo(own.gradients[0]?.[0] ?? 0, -0.25 * slope(0.5) - 0.25 * slope(1));
  });

  it('kto_pair sends no gradient through a reference point of exactly 0', () => {
    const { gradients } = evaluate(lossOf('kto_pair'), inputsOf([[-4, -8, -4, -8]]), { beta: 0.5 });
    // ½·½·σ'(0) with σ'(0) = ¼
    closeTo(gradients[0]?.[0] ?? 0, -1 / 16);
  });

  const rowOf = (largest: number): fc.Arbitrary<Row> => {
    const logProb = fc.double({ min: -largest, max: largest, noNaN: true });
    return fc.tuple(logProb, logProb, logProb, logProb);
  };

  it.each(names)('%s is finite up to log ratios of 1e4, in value and gradient', (name) => {
    fc.assert(
      fc.property(fc.array(rowOf(5e3), { minLength: 1, maxLength: 4 }), (rows) => {
        const { loss, gradients } = evaluate(lossOf(name), inputsOf(rows), { labelSmoothing: 0.1 });
        expect([loss, ...gradients.flat()].every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  it.each(separable)('%s adds up over micro-batches in any order, in value and gradient', (name) => {
    fc.assert(
      fc.property(fc.array(fc.tuple(rowOf(3), fc.nat(2)), { minLength: 1, maxLength: 6 }), (given) => {
        const rows = given.map(([row]) => row);
        const all = { ...inputsOf(rows), chosenLengths: twos(rows.length) };
        const counts = { labelSmoothing: 0.1, ...fixedPoints, pairCount: rows.length, tokenCount: 2 * rows.length };
        const whole = evaluate(lossOf(name), all, counts);
        let sum = 0;
        for (const part of [2, 0, 1]) {
          const places = rows.map((_, i) => i).filter((i) => given[i]?.[1] === part);
          if (places.length === 0) continue;
          const here = { ...inputsOf(places.map((i) => rows[i] as Row)), chosenLengths: twos(places.length) };
          const result = evaluate(lossOf(name), here, counts);
          sum += result.loss;
          result.gradients.forEach((gradient, side) =>
            places.forEach((place, i) => closeTo(gradient[i] ?? Number.NaN, whole.gradients[side]?.[place] ?? 0)),
          );
        }
        closeTo(sum, whole.loss, 5);
      }),
      { numRuns: 15 },
    );
  });

  it.each(names)('%s does not depend on the order of rows', (name) => {
    const rows: Row[] = [
      [-4, -8, -5, -7],
      [-1, -3, -2, -9],
      [-6, -2, -5, -4],
    ];
    const forward = { ...inputsOf(rows), chosenLengths: twos(3) };
    const backward = { ...inputsOf(rows.toReversed()), chosenLengths: twos(3) };
    closeTo(value(lossOf(name)(forward, options).loss), value(lossOf(name)(backward, options).loss));
  });

  it.each(names)('%s never reads rows that are no pairs, and is 0 without pairs', (name) => {
    const nan = Number.NaN;
    const rows: Row[] = [
      [-4, -8, -5, -7],
      [nan, nan, nan, nan],
      [-6, -2, -5, -4],
    ];
    const lengths = { chosenLengths: tf.tensor1d([2, nan, 2]), rejectedLengths: tf.tensor1d([2, nan, 2]) };
    const clean = { ...inputsOf([rows[0] as Row, rows[2] as Row]), chosenLengths: tf.tensor1d([2, 2]) };
    const masked = evaluate(lossOf(name), { ...inputsOf(rows), ...lengths, pairMask: tf.tensor1d([1, 0, 1]) }, options);
    const expected = evaluate(lossOf(name), clean, options);
    closeTo(masked.loss, expected.loss);
    masked.gradients.forEach((gradient, side) =>
      [expected.gradients[side]?.[0], 0, expected.gradients[side]?.[1]].forEach((slope, i) =>
        closeTo(gradient[i] ?? nan, slope ?? nan),
      ),
    );
    const none = evaluate(lossOf(name), { ...inputsOf(rows), ...lengths, pairMask: tf.zeros([3]) }, options);
    expect([none.loss, ...none.gradients.flat()].map(Math.abs)).toEqual(Array.from({ length: 7 }, () => 0));
  });

  it.each(names)('%s is weighted by constant weights', (name) => {
    const inputs = { ...inputsOf([[-4, -8, -5, -7]]), chosenLengths: tf.tensor1d([2]) };
    const weighted = evaluate(lossOf(name), { ...inputs, pairWeights: tf.tensor1d([0.5]) }, options);
    const plain = evaluate(lossOf(name), inputs, options);
    closeTo(weighted.loss, plain.loss / 2);
    closeTo(weighted.gradients[0]?.[0] ?? 0, (plain.gradients[0]?.[0] ?? 0) / 2);
  });

  it.each(names)('%s refuses shapes and settings that do not fit', (name) => {
    const inputs = inputsOf([[-4, -8, -5, -7]]);
    const loss = lossOf(name);
    expect(() => loss({ ...inputs, rejectedLogProbs: tf.zeros([2]) })).toThrow(ShapeError);
    expect(() => loss({ ...inputs, referenceChosenLogProbs: tf.zeros([1, 1]) as unknown as tf.Tensor1D })).toThrow(
      '[B]',
    );
    for (const beta of [0, -1, Number.NaN]) expect(() => loss(inputs, { beta })).toThrow(RangeError);
    expect(() => loss(inputs, { pairCount: -1 })).toThrow(RangeError);
  });

  it.each(names)('%s leaves no tensor behind', (name) => {
    const inputs = inputsOf([[-4, -8, -5, -7]]);
    const before = tf.memory().numTensors;
    const { loss, metrics } = lossOf(name)(inputs);
    tf.dispose([loss, ...(Object.values(metrics) as tf.Scalar[])]);
    const { losses, chosenRewards, rejectedRewards } = lossOf(name).perPair(inputs);
    tf.dispose([losses, chosenRewards, rejectedRewards]);
    evaluate(lossOf(name), inputs);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('asks for the lengths that averages need', () => {
    const { chosenLengths: _, ...inputs } = inputsOf([[-4, -8, -5, -7]]);
    for (const loss of ['ipo', 'sigmoid_norm', 'sft'] as const) {
      expect(() => dpoLoss(inputs, { loss })).toThrow('chosenLengths [B]');
    }
    expect(value(dpoLoss(inputs, { loss: 'sft', tokenCount: 2 }).loss)).toBe(2);
  });

  it('mixes losses, each with its weight', () => {
    const inputs = { ...inputsOf([[-4, -8, -5, -7]]), chosenLikelihood: tf.tensor1d([-3]) };
    const { loss, metrics } = mixedDpoLoss(inputs, {
      terms: [
        { loss: 'sigmoid', beta: 0.5, weight: 0.8 },
        { loss: 'bco_pair', beta: 0.5, weight: 0.2 },
        { loss: 'sft', beta: 0.5 },
      ],
      pairCount: 2,
      tokenCount: 6,
    });
    closeTo(value(loss), 0.8 * (apart.sigmoid / 2) + 0.2 * (apart.bco_pair / 2) + 3 / 6);
    expect(value(metrics.rewardMargin)).toBe(0.5);
    expect(() => mixedDpoLoss(inputs, { terms: [] })).toThrow(RangeError);
  });

  it('refuses unknown names and settings without meaning', () => {
    const inputs = inputsOf([[-4, -8, -5, -7]]);
    expect(() => dpoLoss(inputs, { loss: 'sigmoidal' } as unknown as DpoOptions)).toThrow('unknown loss sigmoidal');
    expect(() => dpoLoss(inputs, { loss: 'robust', labelSmoothing: 0.5 })).toThrow(RangeError);
    expect(() => dpoLoss(inputs, { loss: 'cdpo', labelSmoothing: -0.1 })).toThrow(RangeError);
    expect(() => exoPairLoss(inputs, { labelSmoothing: 0 })).toThrow(RangeError);
    expect(() => discopopLoss(inputs, { temperature: 0 })).toThrow(RangeError);
    expect(() => dpoLoss(inputs, { loss: 'sft', tokenCount: -1 })).toThrow(RangeError);
  });
});
