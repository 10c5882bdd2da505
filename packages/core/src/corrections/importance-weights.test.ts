import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { importanceWeightMetrics } from './importance-weight-metrics.ts';
import { type ImportanceWeightOptions, importanceWeights } from './importance-weights.ts';

const ln = Math.log;
const near = (values: readonly number[]): unknown[] => values.map((value): unknown => expect.closeTo(value, 6));
/** Trainer log-probs of these ratios against an engine that gave 0 to every token. */
const ofRatios = (rows: readonly number[][], mask = rows.map((row) => row.map(() => 1))) => ({
  trainerLogProbs: rows.map((row) => row.map(ln)),
  rolloutLogProbs: rows.map((row) => row.map(() => 0)),
  mask,
});

describe('importanceWeights', () => {
  // Ratios 4 and 1/2 of a sequence: product 2, geometric mean √2.
  const inputs = ofRatios([[4, 0.5]]);
  const weights = (options?: ImportanceWeightOptions) => importanceWeights(inputs, options)[0];

  it('is exp of the log-prob difference, at most 2', () => {
    expect(weights()).toEqual(near([2, 0.5]));
  });

  it('puts ratios together per sequence, by geometric mean, and per run of trained tokens', () => {
    expect(weights({ level: 'sequence', upper: null })).toEqual(near([2, 2]));
    expect(weights({ level: 'geometric', upper: null })).toEqual(near([Math.SQRT2, Math.SQRT2]));
    const turns = ofRatios([[4, 1, 9, 2, 8]], [[1, 1, 0, 1, 1]]);
    expect(importanceWeights(turns, { level: 'segment', upper: null })).toEqual([near([2, 2, 0, 4, 4])]);
  });

  it.each([
    ['clamp', [3, 0.6]],
    ['zero', [0, 0]],
  ] as const)('outside the bounds: %s', (outside, expected) => {
    expect(weights({ outside, lower: 0.6, upper: 3 })).toEqual(near(expected));
  });

  it.each([
    ['token_truncate', { level: 'token', outside: 'clamp' }, [3, 0.5]],
    ['token_mask', { level: 'token', outside: 'zero' }, [0, 0.5]],
    ['sequence_truncate', { level: 'sequence', outside: 'clamp' }, [2, 2]],
    ['sequence_mask', { level: 'sequence', outside: 'zero' }, [2, 2]],
  ] as const)('has the mode %s of TRL', (_mode, options, expected) => {
    expect(weights({ ...options, upper: 3, logRatioClamp: null })).toEqual(near(expected));
  });

  it('judges by another level: a kept sequence of OpenRLHF seq-mask-tis has its token ratios unclamped', () => {
    const band = { lower: 0.5, upper: 2, judgedBy: 'geometric' } as const;
    expect(weights({ ...band, outside: 'zero' })).toEqual(near([4, 0.5]));
    expect(importanceWeights(ofRatios([[9, 4]]), { ...band, outside: 'zero' })).toEqual([[0, 0]]);
    // AReaL's clamp of the tokens of a sequence that is outside.
    expect(importanceWeights(ofRatios([[9, 1.5]]), { ...band, outside: 'clamp' })).toEqual([near([2, 1.5])]);
  });

  it('normalizes by tokens or by sequences', () => {
    const two = ofRatios(
      [
        [2, 2],
        [0.5, 1],
      ],
      [
        [1, 1],
        [1, 0],
      ],
    );
    // Means (2 + 2 + 0.5)/3 and (2 + 0.5)/2.
    expect(importanceWeights(two, { normalize: 'tokens' })[1]).toEqual(near([0.5 / 1.5, 0]));
    expect(importanceWeights(two, { normalize: 'sequences' })[1]).toEqual(near([0.4, 0]));
    expect(importanceWeights(ofRatios([[9]]), { outside: 'zero', normalize: 'tokens' })).toEqual([[0]]);
  });

  it('gives 0 to masked tokens, whatever stands there', () => {
    const given = { trainerLogProbs: [[Number.NaN, 0]], rolloutLogProbs: [[0, 0]], mask: [[0, 1]] };
    expect(importanceWeights(given)).toEqual([[0, 1]]);
    expect(importanceWeights(given, { level: 'sequence' })).toEqual([[0, 1]]);
    expect(importanceWeights({ ...given, mask: [[0, 0]] }, { normalize: 'sequences' })).toEqual([[0, 0]]);
    expect(importanceWeights({ trainerLogProbs: [[]], rolloutLogProbs: [[]], mask: [[]] })).toEqual([[]]);
  });

  it('a log-prob that the engine did not report is an error, or no correction', () => {
    const given = { trainerLogProbs: [[-1, -1]], rolloutLogProbs: [[Number.NaN, -1.5]], mask: [[1, 1]] };
    expect(() => importanceWeights(given)).toThrow(/token 0 of sequence 0.*no-correction/);
    expect(importanceWeights(given, { missing: 'no-correction' })).toEqual([near([1, Math.exp(0.5)])]);
  });

  it('refuses bounds without meaning and rows that differ', () => {
    for (const options of [{ upper: 0 }, { lower: 3 }, { upper: Number.NaN }, { logRatioClamp: 0 }, { lower: -1 }]) {
      expect(() => weights(options)).toThrow(RangeError);
    }
    for (const options of [{ level: 'turn' }, { outside: 'drop' }, { judgedBy: 'batch' }, { normalize: 'batch' }]) {
      expect(() => weights(options as ImportanceWeightOptions)).toThrow(/is one of/);
    }
    expect(() => importanceWeights({ ...inputs, mask: [[1]] })).toThrow(ShapeError);
  });

  it('is finite for log-probs up to 1e4 at any level, with or without bounds', () => {
    const logProb = fc.double({ min: -1e4, max: 1e4, noNaN: true });
    const options = fc.record({
      level: fc.constantFrom('token', 'sequence', 'geometric', 'segment'),
      upper: fc.constantFrom(null, 2),
      outside: fc.constantFrom('clamp', 'zero'),
      logRatioClamp: fc.constantFrom(null, 20),
      normalize: fc.constantFrom('none', 'tokens', 'sequences'),
    });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(logProb, logProb, fc.constantFrom(0, 1)), { maxLength: 6 }),
        options,
        (row, given) => {
          const [trainerLogProbs, rolloutLogProbs, mask] = [0, 1, 2].map((part) => [
            row.map((entry) => entry[part] as number),
          ]);
          const weightsOfRow = importanceWeights(
            { trainerLogProbs, rolloutLogProbs, mask } as Parameters<typeof importanceWeights>[0],
            given,
          );
          for (const weight of weightsOfRow[0] ?? []) expect(Number.isFinite(weight) && weight >= 0).toBe(true);
        },
      ),
    );
  });

  it('verl test_rollout_corr: log-prob differences −1 and 0.5 weigh 0.368 and 1.649', () => {
    const given = { trainerLogProbs: [[-2], [-2]], rolloutLogProbs: [[-1], [-2.5]], mask: [[1], [1]] };
    expect(importanceWeights(given)).toEqual([near([Math.exp(-1)]), near([Math.exp(0.5)])]);
    expect(Math.exp(-1)).toBeCloseTo(0.368, 3);
    expect(Math.exp(0.5)).toBeCloseTo(1.649, 3);
  });
});

describe('importanceWeightMetrics', () => {
  it('verl test_rollout_corr, IcePop: with 2 of 3 tokens out of band std is 0.3771236 and ESS 1/3', () => {
    const options = { lower: 0.5, upper: 2, outside: 'zero' } as const;
    const metrics = importanceWeightMetrics(ofRatios([[0.8, 0.1, 5]]), options);
    expect(metrics.fractionAbove + metrics.fractionBelow).toBeCloseTo(2 / 3, 12);
    expect(metrics.std).toBeCloseTo(0.3771236, 7);
    expect(metrics.effectiveSampleSize).toBeCloseTo(1 / 3, 12);
  });

  it('measures ratios before the bounds, the deviation within them', () => {
    const metrics = importanceWeightMetrics(
      ofRatios([
        [4, 1],
        [0.25, 1],
      ]),
      { normalize: 'tokens' },
    );
    expect(metrics).toMatchObject({ max: expect.closeTo(4, 9) as number, min: expect.closeTo(0.25, 9) as number });
    expect(metrics.mean).toBeCloseTo(6.25 / 4, 9);
    // Held within [1/2, 2]: 2, 1, 0.5, 1.
    expect(metrics.std).toBeCloseTo(Math.sqrt(6.25 / 4 - (4.5 / 4) ** 2), 9);
    expect(metrics.effectiveSampleSize).toBeCloseTo((4.5 / 4) ** 2 / (6.25 / 4), 9);
    expect(metrics.sequences).toMatchObject({ mean: expect.closeTo(1.5625, 9) as number, fractionAbove: 0.5 });
    // Weights 2, 1, 0.25, 1.
    expect(metrics.normalizer).toBeCloseTo(4.25 / 4, 9);
  });

  it('holds everything at an upper bound below 1, whose mirror is above it', () => {
    // below 1/0.5 are both, above 0.5 is the first
    const metrics = importanceWeightMetrics(ofRatios([[1, 0.25]]), { upper: 0.5 });
    expect(metrics).toMatchObject({ fractionAbove: 0.5, fractionBelow: 1, std: 0, effectiveSampleSize: 1 });
  });

  it('skips sequences without tokens, or counts them as verl does', () => {
    const given = ofRatios([[3], [1]], [[1], [0]]);
    expect(importanceWeightMetrics(given).sequences.min).toBeCloseTo(3, 9);
    const counted = importanceWeightMetrics(given, { level: 'sequence', emptySequences: 'counted' });
    expect(counted).toMatchObject({ min: 1, fractionAbove: 0.5 });
    expect(counted.sequences).toMatchObject({ min: 0, mean: expect.closeTo(1.5, 9) as number });
  });

  it('refuses a batch without trained tokens', () => {
    expect(() => importanceWeightMetrics(ofRatios([[1]], [[0]]))).toThrow(RangeError);
    expect(() => importanceWeightMetrics(ofRatios([]))).toThrow(RangeError);
  });
});
