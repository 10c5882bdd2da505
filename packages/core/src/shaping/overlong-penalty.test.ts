import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { overlongPenalty } from './overlong-penalty.ts';

describe('overlongPenalty', () => {
  it('grows over the buffer and beyond', () => {
    const options = { maxLength: 20, bufferLength: 5 };
    expect([0, 15, 16, 19, 20, 25].map((length) => overlongPenalty(length, options))).toEqual([
      0, 0, -0.2, -0.8, -1, -2,
    ]);
  });

  it('gives what TRL gives, −0.5 in the middle of the buffer and −1 beyond the maximum', () => {
    const options = { maxLength: 100, bufferLength: 20, beyondMax: 'flat' } as const;
    expect([80, 90, 100, 101, 500].map((length) => overlongPenalty(length, options))).toEqual([0, -0.5, -1, -1, -1]);
  });

  it('gives what TRL gives without a buffer: a step', () => {
    const options = { maxLength: 16, bufferLength: 0, beyondMax: 'flat' } as const;
    expect([0, 16, 17].map((length) => overlongPenalty(length, options))).toEqual([0, 0, -1]);
  });

  it('gives what NeMo-RL gives, unbounded below', () => {
    const rewards = [1, 0.8, 0.6, 0.4];
    const options = { maxLength: 25, bufferLength: 5, factor: 0.5 };
    const shaped = [10, 22, 25, 30].map((length, i) => (rewards[i] ?? 0) + overlongPenalty(length, options));
    expect(shaped).toEqual([1, expect.closeTo(0.6, 12), expect.closeTo(0.1, 12), expect.closeTo(-0.6, 12)]);
  });

  it('gives what OpenRLHF gives, capped at the buffer', () => {
    const options = { maxLength: 25, bufferLength: 5, factor: 0.5, beyondMax: 'flat' } as const;
    expect([22, 25, 30].map((length) => overlongPenalty(length, options))).toEqual([-0.2, -0.5, -0.5]);
  });

  it('never rewards and never grows with the length', () => {
    const lengths = fc.tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 200 }));
    const forms = fc.record({
      bufferLength: fc.integer({ min: 1, max: 100 }),
      beyondMax: fc.constantFrom('linear' as const, 'flat' as const),
    });
    fc.assert(
      fc.property(lengths, forms, ([a, b], form) => {
        const at = (length: number) => overlongPenalty(length, { maxLength: 100, ...form });
        expect(at(Math.max(a, b))).toBeLessThanOrEqual(at(Math.min(a, b)));
        expect(at(a)).toBeLessThanOrEqual(0);
        if (form.beyondMax === 'flat') expect(at(a)).toBeGreaterThanOrEqual(-1);
      }),
    );
  });

  it('refuses lengths that are none, and a slope over nothing', () => {
    expect(() => overlongPenalty(Number.NaN, { maxLength: 1, bufferLength: 1 })).toThrow(RangeError);
    expect(() => overlongPenalty(-1, { maxLength: 1, bufferLength: 1 })).toThrow(RangeError);
    expect(() => overlongPenalty(1, { maxLength: 1, bufferLength: 0 })).toThrow("beyondMax: 'flat'");
    expect(() => overlongPenalty(1, { maxLength: 1, bufferLength: 1, factor: Number.NaN })).toThrow('factor');
  });
});
