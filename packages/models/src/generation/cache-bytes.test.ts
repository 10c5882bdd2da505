import { describe, expect, it } from 'vitest';
import { smallConfig } from '../testing/small-model.ts';
import { cacheBytes, mostCacheBytes, planBatchSize } from './cache-bytes.ts';

// 128 bytes per token: 2 layers · 2 heads · width 4 · keys and values · 4.
const config = smallConfig();
const demand = { sequences: 100, longestPrompt: 10, longestSequence: 50 };

describe('planBatchSize', () => {
  it('counts keys and values of all layers and heads', () => {
    expect(cacheBytes({ numHiddenLayers: 24, numKeyValueHeads: 2, headDim: 64 }, { sequences: 3, tokens: 5 })).toBe(
      2 * 24 * 2 * 64 * 4 * 15,
    );
    expect(cacheBytes(config, { sequences: 0, tokens: 7 })).toBe(0);
  });

  it('adds to the slots the prompts just read, or one buffer of four as it grows', () => {
    expect(mostCacheBytes(config, demand, 8)).toBe(128 * 8 * (50 + 50 / 4));
    expect(mostCacheBytes(config, { ...demand, longestPrompt: 40 }, 8)).toBe(128 * 8 * (50 + 40));
    // 4,096 tokens of prompts at a time.
    expect(mostCacheBytes(config, { sequences: 9, longestPrompt: 3000, longestSequence: 3001 }, 8)).toBe(
      128 * (8 * 3001 + 8 * 750.25),
    );
  });

  it('takes the batch asked for, else up to 64, as many as there are and as fit', () => {
    expect(planBatchSize(config, demand, {})).toBe(64);
    expect(planBatchSize(config, demand, { maxBatchSize: 90 })).toBe(90);
    expect(planBatchSize(config, { ...demand, sequences: 3 }, { maxBatchSize: 90 })).toBe(3);
    const room = 128 * 62.5 * 8;
    expect(planBatchSize(config, demand, { maxCacheBytes: room })).toBe(8);
    expect(planBatchSize(config, demand, { maxCacheBytes: room - 1 })).toBe(7);
    expect(planBatchSize(config, demand, { maxCacheBytes: room, maxBatchSize: 8 })).toBe(8);
    expect(() => planBatchSize(config, demand, { maxCacheBytes: room - 1, maxBatchSize: 8 })).toThrow(
      /8 sequences of up to 50 tokens need up to 64000 bytes/,
    );
    expect(() => planBatchSize(config, demand, { maxCacheBytes: 7999 })).toThrow(/not even one sequence fits/);
  });
});
