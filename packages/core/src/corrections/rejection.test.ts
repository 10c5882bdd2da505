import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { applyRejection } from './apply-rejection.ts';
import { rejectionMask } from './rejection-mask.ts';
import { rejectionMetrics } from './rejection-metrics.ts';
import { parseRejectionRules, type RejectionRule, type RejectionScope } from './rejection-rules.ts';

const ln = Math.log;
const ofLogRatios = (rows: readonly number[][], mask = rows.map((row) => row.map(() => 1))) => ({
  trainerLogProbs: rows,
  rolloutLogProbs: rows.map((row) => row.map(() => 0)),
  mask,
});

describe('rejectionMask', () => {
  // x = 1, −1, 0: k1 −1, 1, 0; k2 ½, ½, 0; k3 e − 2, e⁻¹, 0.
  const inputs = ofLogRatios([
    [1, -1, 0],
    [0, 0, 0],
  ]);
  const kept = (rule: RejectionRule) => rejectionMask(inputs, [rule])[0];

  it.each([
    [{ statistic: 'k1', scope: 'token', upper: 0.5 }, [1, 0, 1]],
    [{ statistic: 'k1', scope: 'token', lower: -0.5 }, [0, 1, 1]],
    [{ statistic: 'k2', scope: 'token', upper: 0.4 }, [0, 0, 1]],
    [{ statistic: 'k3', scope: 'token', upper: 0.5 }, [0, 1, 1]],
    [{ statistic: 'ratio', scope: 'token', lower: 0.8, upper: 1.2 }, [0, 0, 1]],
  ] as const)('judges tokens by %o', (rule, expected) => {
    expect(kept(rule)).toEqual(expected);
  });

  it.each([
    ['sequence-sum', 0.99, 1.01],
    ['sequence-mean', 0.33, 0.34],
    ['sequence-max', 0.49, 0.5],
  ] as const)('judges sequences by %s', (scope, below, above) => {
    expect(kept({ statistic: 'k2', scope, upper: below })).toEqual([0, 0, 0]);
    expect(kept({ statistic: 'k2', scope, upper: above })).toEqual([1, 1, 1]);
  });

  it('judges ratios of sequences by product, geometric mean and maximum', () => {
    const given = ofLogRatios([[ln(2), ln(8)]]);
    const passes = (scope: RejectionScope, upper: number) =>
      rejectionMask(given, [{ statistic: 'ratio', scope, upper }])[0]?.[0] === 1;
    expect([passes('sequence-sum', 15.9), passes('sequence-sum', 16.1)]).toEqual([false, true]);
    expect([passes('sequence-mean', 3.9), passes('sequence-mean', 4.1)]).toEqual([false, true]);
    expect([passes('sequence-max', 7.9), passes('sequence-max', 8.1)]).toEqual([false, true]);
  });

  it('judges each run of trained tokens by its own mean', () => {
    const given = ofLogRatios([[2, 0, Number.NaN, 0, 0]], [[1, 1, 0, 1, 1]]);
    expect(rejectionMask(given, [{ statistic: 'k2', scope: 'segment-mean', upper: 0.5 }])).toEqual([[0, 0, 0, 1, 1]]);
  });

  it("judges by the difference of probabilities (ROLL's diff)", () => {
    const given = { trainerLogProbs: [[ln(0.9), ln(0.5)]], rolloutLogProbs: [[ln(0.6), ln(0.4)]], mask: [[1, 1]] };
    const rule = { statistic: 'probability-difference', scope: 'token', lower: -0.2, upper: 0.2 } as const;
    expect(rejectionMask(given, [rule])).toEqual([[0, 1]]);
  });

  it('keeps what passes every rule, and everything without rules', () => {
    const rules = [
      { statistic: 'k1', scope: 'token', lower: -0.5 },
      { statistic: 'k1', scope: 'token', upper: 0.5 },
    ] as const;
    expect(rejectionMask(inputs, rules)).toEqual([
      [0, 0, 1],
      [1, 1, 1],
    ]);
    expect(rejectionMask(inputs, [])).toEqual(inputs.mask);
  });

  it('refuses what it does not know', () => {
    expect(() => kept({ statistic: 'k4' as 'k1', scope: 'token' })).toThrow(RangeError);
    expect(() => kept({ statistic: 'k1', scope: 'batch' as 'token' })).toThrow(RangeError);
    expect(() => kept({ statistic: 'k1', scope: 'token', lower: 1, upper: 0 })).toThrow(RangeError);
    expect(() => rejectionMask({ ...inputs, mask: [[1]] }, [])).toThrow(ShapeError);
  });

  it('does not depend on the order of sequences', () => {
    const row = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 4 }), (rows) => {
        const rules = parseRejectionRules('token_k1,seq_mean_k3', '0.5_2.0,0.3');
        const [forward, backward] = [rows, rows.toReversed()].map((given) => rejectionMask(ofLogRatios(given), rules));
        expect(backward?.toReversed()).toEqual(forward);
      }),
    );
  });
});

describe('parseRejectionRules', () => {
  it('reads names and thresholds of verl, one for each or one for all', () => {
    expect(parseRejectionRules('token_k1, seq_max_k3', '0.5_2.0,0.5')).toEqual([
      { statistic: 'k1', scope: 'token', lower: ln(0.5), upper: ln(2) },
      { statistic: 'k3', scope: 'sequence-max', upper: 0.5 },
    ]);
    expect(parseRejectionRules('seq_sum_k2,seq_mean_k2,seq_sum_k2', 0.1)).toEqual([
      { statistic: 'k2', scope: 'sequence-sum', upper: 0.1 },
      { statistic: 'k2', scope: 'sequence-mean', upper: 0.1 },
    ]);
    expect(parseRejectionRules('seq_mean_k1', 2)).toEqual([
      { statistic: 'k1', scope: 'sequence-mean', lower: ln(0.5), upper: ln(2) },
    ]);
  });

  it.each([
    ['nope', '1'],
    ['k1', '1'],
    ['token', '1'],
    ['seq_max_k1', '2'],
    ['', '1'],
    ['token_k1', null],
    ['token_k1', ''],
    ['token_k1', '0.5_1_2'],
    ['token_k1', '2_0.5'],
    ['token_k2', '0.5_2'],
    ['token_k2', 'x'],
    ['token_k2', -1],
    ['token_k1,token_k2,token_k3', '1,2'],
  ] as const)('refuses %s with %s', (names, thresholds) => {
    expect(() => parseRejectionRules(names, thresholds)).toThrow(RangeError);
  });
});

describe('rejectionMetrics', () => {
  it('measures a rule by token and by sequence', () => {
    const given = ofLogRatios([
      [1, -1],
      [0, 0],
    ]);
    const { rules, ...all } = rejectionMetrics(given, [{ statistic: 'k1', scope: 'token', lower: -0.5, upper: 0.5 }]);
    expect(all).toEqual({ rejectedTokens: 0.5, rejectedSequences: 0.5 });
    expect(rules[0]).toMatchObject({ mean: 0, max: 1, min: -1, fractionAbove: 0.25, fractionBelow: 0.25 });
    // Held within the band: −½, ½, 0, 0.
    expect(rules[0]?.std).toBeCloseTo(Math.sqrt(0.125), 12);
    expect(rules[0]?.sequences).toMatchObject({ mean: 0, std: 0, fractionAbove: 0 });
  });

  it('adds up several rules', () => {
    const given = ofLogRatios([[3, 0, -3]]);
    const rules = parseRejectionRules('token_k1,token_k3', '0.1_10.0,1.5');
    expect(rules).toHaveLength(2);
    const { rejectedTokens, rules: each } = rejectionMetrics(given, rules);
    expect(each.map((rule) => rule.rejectedTokens)).toEqual([2 / 3, 2 / 3]);
    expect(rejectedTokens).toBeCloseTo(2 / 3, 12);
  });

  it('skips sequences without tokens, or counts them as verl does', () => {
    const given = ofLogRatios([[1], [0]], [[1], [0]]);
    const rules = [{ statistic: 'k2', scope: 'sequence-max', upper: 0.1 }] as const;
    expect(rejectionMetrics(given, rules).rejectedSequences).toBe(1);
    expect(rejectionMetrics(given, rules, { emptySequences: 'counted' }).rejectedSequences).toBe(0.5);
  });

  it('refuses a batch without trained tokens', () => {
    expect(() => rejectionMetrics(ofLogRatios([[1]], [[0]]), [])).toThrow(RangeError);
  });
});

describe('applyRejection', () => {
  const inputs = {
    mask: [
      [1, 1, 0],
      [1, 1, 1],
    ],
    keptMask: [
      [1, 0, 0],
      [0, 0, 0],
    ],
    importanceWeights: [
      [0.5, 2, Number.NaN],
      [1, 1, 1],
    ],
  };
  const importanceWeights = [
    [0.5, 0, 0],
    [0, 0, 0],
  ];

  it('kept: rejected tokens leave the mask and the counts', () => {
    const { keptMask: mask } = inputs;
    expect(applyRejection(inputs, 'kept')).toEqual({ mask, importanceWeights, tokenCount: 1, sequenceCount: 1 });
  });

  it('original: rejected tokens stay with weight 0', () => {
    const { mask } = inputs;
    expect(applyRejection(inputs, 'original')).toEqual({ mask, importanceWeights, tokenCount: 5, sequenceCount: 2 });
  });

  it('never trains a token that was masked before', () => {
    const applied = applyRejection({ mask: [[0, 1]], keptMask: [[1, 1]] }, 'kept');
    expect(applied).toMatchObject({ mask: [[0, 1]], importanceWeights: [[0, 1]], tokenCount: 1 });
  });

  it('refuses another denominator', () => {
    expect(() => applyRejection(inputs, 'both' as 'kept')).toThrow(RangeError);
  });
});
