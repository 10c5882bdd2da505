import { describe, expect, it } from 'vitest';
import { rotaryConfig, rotaryFrequencies } from './rotary-scaling.ts';

const base = { theta: 100, width: 4, maxPositionEmbeddings: 64 };
const scaled = (scaling: Record<string, unknown>, more = {}) =>
  rotaryConfig({ ...base, scaling, ...more }, 'config.json');

describe('rotary frequencies', () => {
  it('fall from 1 by powers of the base', () => {
    expect(rotaryFrequencies(4, 100)).toEqual([1, Math.fround(0.1)]);
    expect(rotaryConfig({ ...base, scaling: null }, 'config.json')).toMatchObject({ factor: 1, beyond: null });
  });

  it('are divided by a factor (linear)', () => {
    expect(scaled({ rope_type: 'linear', factor: 4 }).frequencies).toEqual([0.25, Math.fround(0.025)]);
  });

  it('change only beyond the length of the model (dynamic)', () => {
    expect(scaled({ rope_type: 'dynamic', factor: 2 })).toMatchObject({
      frequencies: [1, Math.fround(0.1)],
      beyond: { length: 64, growth: 2 },
    });
  });

  it('keep what turns often, divide what turns seldom, and mix between (llama3)', () => {
    // Over 40π tokens the pairs turn 20 and 2 times; 2 lies halfway from 1 to 3.
    const scaling = { rope_type: 'llama3', factor: 5, low_freq_factor: 1, high_freq_factor: 3 };
    const { frequencies } = scaled({ ...scaling, original_max_position_embeddings: 40 * Math.PI });
    expect(frequencies[0]).toBe(1);
    expect(frequencies[1]).toBeCloseTo((0.1 + 0.1 / 5) / 2, 7);
    const seldom = scaled({ ...scaling, original_max_position_embeddings: Math.PI });
    expect(seldom.frequencies[0]).toBeCloseTo(1 / 5, 7);
  });

  it('are kept up to one pair, divided from another, and scale the result (yarn)', () => {
    // Turns over 200π tokens: 100 for pair 0 and 10 for pair 1, so the ramp goes from pair 0 to pair 1.
    const scaling = { rope_type: 'yarn', factor: Math.E, beta_fast: 100, beta_slow: 10 };
    const { frequencies, factor } = scaled({ ...scaling, original_max_position_embeddings: 200 * Math.PI });
    expect(frequencies[0]).toBeCloseTo(1, 6);
    expect(frequencies[1]).toBeCloseTo(0.1 / Math.E, 6);
    expect(factor).toBeCloseTo(1.1, 10);
    const given = { ...scaling, original_max_position_embeddings: 16, attention_factor: 0.5 };
    expect(scaled(given).factor).toBe(0.5);
  });

  it('are divided pair by pair, for long sequences by others (longrope)', () => {
    const rotary = scaled(
      { rope_type: 'longrope', short_factor: [1, 2], long_factor: [4, 8] },
      { originalMaxPositionEmbeddings: 16 },
    );
    expect(rotary.frequencies).toEqual([1, Math.fround(0.05)]);
    expect(rotary.beyond).toEqual({ length: 16, frequencies: [0.25, Math.fround(0.0125)] });
    // √(1 + ln 4 / ln 16)
    expect(rotary.factor).toBeCloseTo(Math.sqrt(1.5), 10);
  });
});
