import { describe, expect, it } from 'vitest';
import { type CorrectionPreset, correctionPresets } from './correction-presets.ts';
import { importanceWeights } from './importance-weights.ts';
import { rejectionMask } from './rejection-mask.ts';
import { parseRejectionRules } from './rejection-rules.ts';

describe('correctionPresets', () => {
  const inputs = { trainerLogProbs: [[0, -1]], rolloutLogProbs: [[-2, -1]], mask: [[1, 1]] };

  it.each(Object.entries(correctionPresets))('%s is plain data that the functions take', (_name, preset) => {
    expect(structuredClone(preset)).toEqual(preset);
    if (preset.weights !== null) {
      for (const weight of importanceWeights(inputs, preset.weights)[0] ?? []) expect(weight).toBeGreaterThanOrEqual(0);
    }
    expect(rejectionMask(inputs, preset.rejection)).toHaveLength(1);
  });

  it('has the rules of verl under its own names', () => {
    const rules: Record<string, CorrectionPreset['rejection']> = {
      'verl/decoupled_seq_is_rs': parseRejectionRules('seq_sum_k1', '0.5_2.0'),
      'verl/decoupled_geo_rs': parseRejectionRules('seq_mean_k1', '0.999_1.001'),
      'verl/decoupled_k3_rs': parseRejectionRules('seq_mean_k3', 0.01),
    };
    for (const [name, expected] of Object.entries(rules)) {
      expect(correctionPresets[name as keyof typeof correctionPresets].rejection).toEqual(expected);
    }
  });

  it('gives other weights to the same ratio e²', () => {
    const weight = (name: keyof typeof correctionPresets) =>
      importanceWeights(inputs, correctionPresets[name].weights ?? {})[0]?.[0];
    expect(weight('verl/decoupled_token_is')).toBe(2);
    expect(weight('trl/token_truncate')).toBe(3);
    expect(weight('trl/sequence_mask')).toBe(0);
    expect(weight('openrlhf/tis')).toBe(5);
    // The geometric mean e is within 0.5 to 5: the token keeps its ratio.
    expect(weight('openrlhf/seq-mask-tis')).toBeCloseTo(Math.exp(2), 12);
    expect(weight('roll/is_weight')).toBe(1.2);
  });
});
