import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { type ClippedPolicyLossOptions, clippedPolicyLoss } from './clipped-policy-loss.ts';
import type { Aggregated, PolicyLossInputs } from './policy-loss.ts';

type PolicyLossOptions = ClippedPolicyLossOptions & Aggregated;

const nan = Number.NaN;
const about = (value: number): unknown => expect.closeTo(value, 5);
const tokenMean = { aggregation: { mode: 'token-mean' } } as const;

describeBackends('clippedPolicyLoss', () => {
  // One row whose tokens have these ratios.
  const row = (
    advantages: readonly number[],
    ratios: readonly number[],
    mask = ratios.map(() => 1),
  ): PolicyLossInputs => ({
    logProbs: tf.tensor2d([ratios.map((ratio) => Math.log(ratio) - 1)]),
    oldLogProbs: tf.fill([1, ratios.length], -1),
    advantages: tf.tensor2d([[...advantages]]),
    mask: tf.tensor2d([mask]),
  });
  const lossOf = (inputs: PolicyLossInputs, options: PolicyLossOptions) =>
    clippedPolicyLoss(inputs, options).loss.arraySync();
  const gradientOf = (inputs: PolicyLossInputs, options: PolicyLossOptions) =>
    tf
      .grad((x) => clippedPolicyLoss({ ...inputs, logProbs: x as tf.Tensor2D }, options).loss)(inputs.logProbs)
      .arraySync() as number[][];
  const metricsOf = (inputs: PolicyLossInputs, options: PolicyLossOptions) =>
    Object.fromEntries(
      Object.entries(clippedPolicyLoss(inputs, options).metrics).map(([name, metric]) => [name, metric.arraySync()]),
    );

  it('takes the larger of the plain and the clipped loss', () => {
    // −0.5; 1; 2.4 clipped from 3, with the sign of the advantage
    expect(lossOf(row([1, -1, 2], [0.5, 1, 1.5]), tokenMean)).toBeCloseTo(-(0.5 - 1 + 2.4) / 3, 5);
  });

  it('bounds the loss of negative advantages by the dual clip', () => {
    const inputs = row([1, -1, -4], [0.5, 1, 10]);
    expect(lossOf(inputs, { ...tokenMean, clipRatioC: 3 })).toBeCloseTo((-0.5 + 1 + 12) / 3, 4);
    expect(lossOf(inputs, tokenMean)).toBeCloseTo((-0.5 + 1 + 40) / 3, 4);
    expect(metricsOf(inputs, { ...tokenMean, clipRatioC: 3 })).toMatchObject({
      dualClipFraction: about(1 / 3),
    });
  });

  it('clips each side by its own bound', () => {
    const options = { ...tokenMean, clipRatioLow: 0.1, clipRatioHigh: 0.3 };
    expect(lossOf(row([1, -1], [2, 0.5]), options)).toBeCloseTo((-1.3 + 0.9) / 2, 5);
  });

  it('bounds the unclipped branch by delta', () => {
    expect(lossOf(row([-1], [8]), { ...tokenMean, delta: 3 })).toBeCloseTo(3, 5);
  });

  it('has gradient −A·ρ where nothing clips and 0 where a clip holds', () => {
    const [slopes] = gradientOf(row([1, 1, -1, -1, -1], [1.1, 1.5, 0.9, 0.5, 10]), {
      aggregation: { mode: 'token-sum' },
      clipRatioC: 3,
    });
    expect(slopes).toEqual([-1.1, 0, 0.9, 0, 0].map(about));
  });

  it('is minus the mean advantage at ratio 1, with or without old log-probs', () => {
    const inputs = row([2, -1, 5], [1, 1, 1]);
    const { oldLogProbs: _, ...onPolicy } = inputs;
    for (const given of [inputs, onPolicy]) {
      expect(lossOf(given, tokenMean)).toBeCloseTo(-2, 5);
      expect(gradientOf(given, tokenMean)[0]).toEqual([-2 / 3, 1 / 3, -5 / 3].map(about));
    }
  });

  it('spreads an advantage per sequence over its tokens', () => {
    const inputs = {
      logProbs: tf.zeros<tf.Rank.R2>([2, 2]),
      mask: tf.tensor2d([
        [1, 1],
        [1, 0],
      ]),
    };
    const perSequence = lossOf({ ...inputs, advantages: tf.tensor1d([3, -1]) }, tokenMean);
    expect(perSequence).toBeCloseTo(-(3 + 3 - 1) / 3, 5);
    expect(
      lossOf(
        {
          ...inputs,
          advantages: tf.tensor2d([
            [3, 3],
            [-1, -1],
          ]),
        },
        tokenMean,
      ),
    ).toBe(perSequence);
  });

  it('multiplies token losses by the importance weights', () => {
    const inputs = { ...row([1, 1], [1, 1]), importanceWeights: tf.tensor2d([[0.5, 0]]) };
    expect(lossOf(inputs, tokenMean)).toBeCloseTo(-0.25, 6);
  });

  it('clamps the log ratio so that far-off tokens stay finite', () => {
    const inputs = { ...row([-1], [1]), oldLogProbs: tf.tensor2d([[-101]]) };
    expect(lossOf(inputs, tokenMean) / Math.exp(20)).toBeCloseTo(1, 4);
    expect(gradientOf(inputs, tokenMean)).toEqual([[0]]);
    expect(lossOf(inputs, { ...tokenMean, logRatioClamp: null })).toBe(Number.POSITIVE_INFINITY);
  });

  it('takes one ratio per sequence at sequence level: the geometric mean', () => {
    // ratios 4 and 1: geometric mean 2, clipped to 1.2 for a positive advantage
    const options = { ...tokenMean, ratioLevel: 'sequence' } as const;
    expect(lossOf(row([1, 1], [4, 1]), options)).toBeCloseTo(-1.2, 5);
    expect(lossOf(row([-1, -1], [4, 1]), options)).toBeCloseTo(2, 5);
    expect(lossOf(row([-1, -1, 9], [4, 1, 3], [1, 1, 0]), options)).toBeCloseTo(2, 5);
    expect(gradientOf(row([-1, -1], [4, 1]), options)[0]).toEqual([1, 1].map(about));
  });

  it('is the same at both levels when every sequence has one token', () => {
    const inputs = row([-1], [1.1]);
    expect(lossOf(inputs, { ...tokenMean, ratioLevel: 'sequence' })).toBeCloseTo(lossOf(inputs, tokenMean), 6);
  });

  it('never reads masked places', () => {
    const clean = row([1, -1, 0], [1.5, 0.9, 1], [1, 1, 0]);
    const dirty = {
      ...clean,
      logProbs: tf.tensor2d([[Math.log(1.5) - 1, Math.log(0.9) - 1, nan]]),
      oldLogProbs: tf.tensor2d([[-1, -1, Number.NEGATIVE_INFINITY]]),
      advantages: tf.tensor2d([[1, -1, nan]]),
      importanceWeights: tf.tensor2d([[1, 1, nan]]),
    };
    for (const ratioLevel of ['token', 'sequence'] as const) {
      const options = { ...tokenMean, clipRatioC: 3, ratioLevel };
      expect(lossOf(dirty, options)).toBe(lossOf(clean, options));
      expect(gradientOf(dirty, options)).toEqual(gradientOf(clean, options));
      expect(metricsOf(dirty, options)).toEqual(metricsOf(clean, options));
    }
  });

  it('reports shares of trained tokens', () => {
    const metrics = metricsOf(row([1, -1, 1, 9], [1.5, 0.5, 1, 9], [1, 1, 1, 0]), tokenMean);
    expect(metrics).toEqual({
      clipFraction: about(2 / 3),
      clipLowFraction: about(1 / 3),
      clipHighFraction: about(1 / 3),
      dualClipFraction: 0,
      approximateKl: about(-(Math.log(1.5) + Math.log(0.5)) / 3),
    });
  });

  it('reports 0 for a wholly masked batch', () => {
    const metrics = metricsOf(row([1], [2], [0]), tokenMean);
    expect(Object.values(metrics).map(Math.abs)).toEqual([0, 0, 0, 0, 0]);
  });

  it('loss, gradient and metrics of micro-batches add up to those of the batch', () => {
    const token = fc.record({
      advantage: fc.integer({ min: -3, max: 3 }),
      logRatio: fc.integer({ min: -9, max: 9 }),
      mask: fc.constantFrom(0, 1),
    });
    const batches = fc.array(fc.array(token, { minLength: 3, maxLength: 3 }), { minLength: 2, maxLength: 6 });
    const inputsOf = (
      rows: readonly (readonly { advantage: number; logRatio: number; mask: number }[])[],
    ): PolicyLossInputs => ({
      logProbs: tf.tensor2d(rows.map((tokens) => tokens.map(({ logRatio }) => logRatio / 8 - 1))),
      oldLogProbs: tf.fill([rows.length, 3], -1),
      advantages: tf.tensor2d(rows.map((tokens) => tokens.map(({ advantage }) => advantage))),
      mask: tf.tensor2d(rows.map((tokens) => tokens.map(({ mask }) => mask))),
    });
    fc.assert(
      fc.property(batches, fc.nat(), fc.constantFrom('token', 'sequence'), (rows, at, ratioLevel) => {
        const tokenCount = rows.flat().filter(({ mask }) => mask === 1).length;
        const options = { aggregation: { mode: 'token-mean', tokenCount }, clipRatioC: 3, ratioLevel } as const;
        const cut = 1 + (at % (rows.length - 1));
        const parts = [rows.slice(0, cut), rows.slice(cut)].map(inputsOf);
        const whole = inputsOf(rows);
        expect(parts.reduce((sum, part) => sum + lossOf(part, options), 0)).toBeCloseTo(lossOf(whole, options), 4);
        const slopes = gradientOf(whole, options).flat();
        parts
          .flatMap((part) => gradientOf(part, options).flat())
          .forEach((slope, i) => expect(slope).toBeCloseTo(slopes[i] ?? nan, 5));
        for (const [name, total] of Object.entries(metricsOf(whole, options))) {
          expect(parts.reduce((sum, part) => sum + (metricsOf(part, options)[name] ?? nan), 0)).toBeCloseTo(total, 4);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('refuses shapes that do not fit and a dual clip of at most 1', () => {
    const inputs = row([1, 1], [1, 1]);
    expect(() => lossOf({ ...inputs, mask: tf.ones([1, 3]) }, tokenMean)).toThrow(ShapeError);
    expect(() => lossOf({ ...inputs, advantages: tf.tensor1d([1, 2]) }, tokenMean)).toThrow('advantages [B] or [B,T]');
    expect(() => lossOf({ ...inputs, oldLogProbs: tf.zeros([2, 2]) }, tokenMean)).toThrow(ShapeError);
    expect(() => lossOf({ ...inputs, importanceWeights: tf.zeros([2, 2]) }, tokenMean)).toThrow(ShapeError);
    expect(() => lossOf(inputs, { ...tokenMean, clipRatioC: 1 })).toThrow(RangeError);
  });

  it('leaves no tensor behind, also after a backward pass', () => {
    const inputs = row([1, -1], [1.5, 0.5]);
    const before = tf.memory().numTensors;
    const { loss, metrics } = clippedPolicyLoss(inputs, { ...tokenMean, clipRatioC: 3 });
    const gradient = tf.grad((x) => clippedPolicyLoss({ ...inputs, logProbs: x as tf.Tensor2D }, tokenMean).loss)(
      inputs.logProbs,
    );
    tf.dispose([loss, gradient, ...Object.values<tf.Scalar>(metrics)]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
