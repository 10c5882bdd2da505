import { describe, expect, it } from 'vitest';
import { mismatchMetrics } from './mismatch.ts';

const sequence = (rollout: number[]) => ({
  tokens: new Int32Array(rollout.length),
  lossMask: Uint8Array.from(rollout, (_, index) => (index === 0 ? 0 : 1)),
  rolloutLogProbs: Float32Array.from(rollout),
});

describe('mismatchMetrics', () => {
  it('is zero with full effective sample size when both sides agree', () => {
    const metrics = mismatchMetrics({ sequences: [sequence([0, -1, -2])] }, [Float32Array.of(0, -1, -2)]);
    expect(metrics).toEqual({
      'mismatch/abs_mean': 0,
      'mismatch/abs_max': 0,
      'mismatch/k1': 0,
      'mismatch/k3': 0,
      'mismatch/effective_sample_size': 1,
    });
  });

  it('measures ln 2 on one of two tokens', () => {
    const half = Math.fround(-1 + Math.LN2);
    const metrics = mismatchMetrics({ sequences: [sequence([0, -1, -2])] }, [Float32Array.of(0, half, -2)]);
    expect(metrics['mismatch/abs_mean']).toBeCloseTo(Math.LN2 / 2, 6);
    expect(metrics['mismatch/abs_max']).toBeCloseTo(Math.LN2, 6);
    expect(metrics['mismatch/k1']).toBeCloseTo(-Math.LN2 / 2, 6);
    expect(metrics['mismatch/k3']).toBeCloseTo((2 - Math.LN2 - 1) / 2, 6);
    // (1 + 2)² / (2 · (1 + 4))
    expect(metrics['mismatch/effective_sample_size']).toBeCloseTo(0.9, 6);
  });

  it('says nothing without rollout log-probs', () => {
    const { rolloutLogProbs: _, ...bare } = sequence([0, -1]);
    expect(mismatchMetrics({ sequences: [bare] }, [Float32Array.of(0, -1)])).toEqual({});
  });

  it('shows a NaN instead of hiding it', () => {
    const metrics = mismatchMetrics({ sequences: [sequence([0, -1])] }, [Float32Array.of(0, Number.NaN)]);
    expect(metrics['mismatch/abs_mean']).toBeNaN();
  });
});
