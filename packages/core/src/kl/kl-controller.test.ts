import { describe, expect, it } from 'vitest';
import { createKlController, type KlController, updateKlController } from './kl-controller.ts';

const adaptive = { type: 'adaptive', coefficient: 0.2, target: 0.1, horizon: 100 } as const;

describe('updateKlController', () => {
  it('SkyRL test_ppo_utils: KL 0.2 against 0.1 over 10 of 100 samples raises 0.2 to 0.204', () => {
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

describe('updateKlController, target', () => {
  const target = { type: 'target', coefficient: 0.2, target: 0.1 } as const;
  const after = (kl: number) => updateKlController(target, { kl, sampleCount: 1 }).coefficient;

  it('doubles above 1.5 times the target, halves below its part, and holds between', () => {
    expect([after(0.151), after(0.149), after(0.067), after(0.066)]).toEqual([0.4, 0.2, 0.2, 0.1]);
  });

  it('takes another tolerance and factor', () => {
    const own = { ...target, tolerance: 3, factor: 10 };
    expect(updateKlController(own, { kl: 0.2, sampleCount: 1 }).coefficient).toBe(0.2);
    expect(updateKlController(own, { kl: 0.31, sampleCount: 1 }).coefficient).toBe(2);
  });

  it('refuses a KL that is NaN', () => {
    expect(() => after(Number.NaN)).toThrow(RangeError);
    expect(() => updateKlController(adaptive, { kl: 1, sampleCount: -1 })).toThrow(RangeError);
  });
});

describe('createKlController', () => {
  it.each([
    { ...adaptive, horizon: 0 },
    { ...adaptive, target: 0 },
    { ...adaptive, horizon: Number.NaN },
    { type: 'fixed', coefficient: Number.POSITIVE_INFINITY },
    { type: 'target', coefficient: 1, target: 0 },
    { type: 'target', coefficient: 1, target: 1, tolerance: 1 },
    { type: 'target', coefficient: 1, target: 1, factor: 0.5 },
    { type: 'other', coefficient: 1 },
  ])('refuses %o', (controller) => {
    expect(() => createKlController(controller as KlController)).toThrow(RangeError);
  });

  it('returns a valid controller', () => {
    expect(createKlController(adaptive)).toEqual(adaptive);
  });
});
