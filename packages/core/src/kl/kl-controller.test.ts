import { describe, expect, it } from 'vitest';
import { createKlController, type KlController, updateKlController } from './kl-controller.ts';

const adaptive = { type: 'adaptive', coefficient: 0.2, target: 0.1, horizon: 100 } as const;

describe('updateKlController', () => {
  it('raises the coefficient by the clipped error when the KL is above the target', () => {
    // error clip(0.2/0.1 − 1, ±0.2) = 0.2; 0.2 · (1 + 0.2 · 10/100)
    expect(updateKlController(adaptive, { kl: 0.2, sampleCount: 10 }).coefficient).toBeCloseTo(0.204, 12);
  });

  it('uses the error itself inside the clip, and lowers below the target', () => {
    expect(updateKlController(adaptive, { kl: 0.09, sampleCount: 100 }).coefficient).toBeCloseTo(0.2 * 0.9, 12);
    expect(updateKlController(adaptive, { kl: -1, sampleCount: 100 }).coefficient).toBeCloseTo(0.2 * 0.8, 12);
  });

  it('leaves its argument and a fixed controller as they are', () => {
    updateKlController(adaptive, { kl: 5, sampleCount: 10 });
    expect(adaptive.coefficient).toBe(0.2);
    const fixed = { type: 'fixed', coefficient: 0.05 } as const;
    expect(updateKlController(fixed, { kl: 5, sampleCount: 10 })).toEqual(fixed);
  });
});

describe('createKlController', () => {
  it.each([
    { ...adaptive, horizon: 0 },
    { ...adaptive, target: 0 },
    { ...adaptive, horizon: Number.NaN },
    { type: 'fixed', coefficient: Number.POSITIVE_INFINITY },
    { type: 'other', coefficient: 1 },
  ])('refuses %o', (controller) => {
    expect(() => createKlController(controller as KlController)).toThrow(RangeError);
  });

  it('returns a valid controller', () => {
    expect(createKlController(adaptive)).toEqual(adaptive);
  });
});
