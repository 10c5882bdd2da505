import { describe, expect, it } from 'vitest';
import { compare } from './compare.ts';

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

describe('compare', () => {
  it('passes within 1e-5 of the larger of 1 and the value, and fails beyond', () => {
    expect(compare(0.500009, { expected: 0.5 }).ok).toBe(true);
    expect(compare(0.500011, { expected: 0.5 }).ok).toBe(false);
    expect(compare(1000.009, { expected: 1000 }).ok).toBe(true);
    expect(compare(1000.011, { expected: 1000 }).ok).toBe(false);
  });

  it('is wider by twice the difference of the two runs of the peer', () => {
    expect(compare(0.5002, { expected: 0.5, expectedF64: 0.5001 }).ok).toBe(true);
    expect(compare(0.5004, { expected: 0.5, expectedF64: 0.5001 }).ok).toBe(false);
  });

  it('takes an absolute tolerance instead where one is named', () => {
    expect(compare(0.01, { expected: 0.05, absoluteTolerance: 0.05 }).ok).toBe(true);
    expect(compare(0.01, { expected: 0.05, absoluteTolerance: 0.03 }).ok).toBe(false);
  });

  it('takes an infinity where the reference is beyond float32', () => {
    expect(compare(infinity, { expected: nan, expectedF64: 1e39 }).ok).toBe(true);
    expect(compare(-infinity, { expected: nan, expectedF64: 1e39 }).ok).toBe(false);
    expect(compare(nan, { expected: infinity, expectedF64: 1e39 }).ok).toBe(false);
    expect(compare(infinity, { expected: infinity, expectedF64: 1e38 }).ok).toBe(true);
    expect(compare(3e38, { expected: 1e38 }).ok).toBe(false);
  });

  it('matches NaN with NaN and an infinity with itself only', () => {
    expect(compare(nan, { expected: nan }).ok).toBe(true);
    expect(compare(1, { expected: nan }).ok).toBe(false);
    expect(compare(nan, { expected: 1 }).ok).toBe(false);
    expect(compare(infinity, { expected: infinity }).ok).toBe(true);
    expect(compare(-infinity, { expected: infinity }).ok).toBe(false);
    expect(compare(infinity, { expected: 1 })).toMatchObject({ ok: false, error: infinity });
    expect(compare(5, { expected: infinity }).ok).toBe(false);
  });

  it('takes the float64 run where the float32 run overflowed', () => {
    expect(compare(1e39, { expected: infinity, expectedF64: 1e39 }).ok).toBe(true);
    expect(compare(2e39, { expected: infinity, expectedF64: 1e39 }).ok).toBe(false);
  });

  it('says where the largest error is, in lists and records', () => {
    const passing = compare({ a: [1, 2], b: { c: 3.00001 } }, { expected: { a: [1, 2], b: { c: 3 } } });
    expect(passing).toMatchObject({ ok: true, where: 'b.c' });
    expect(passing.error).toBeCloseTo(1e-5 / 3, 8);
    const failing = compare(
      {
        a: [
          [1, 2],
          [3, 9],
        ],
      },
      {
        expected: {
          a: [
            [1, 2],
            [3, 4],
          ],
        },
      },
    );
    expect(failing).toEqual({ ok: false, error: 5 / 4, where: 'a[1][1]', reason: 'expected 4, got 9' });
  });

  it('lets no small failure hide behind a larger error that passes', () => {
    const noisy = { expected: [100, 0.5], expectedF64: [101, 0.5] };
    expect(compare([102, 0.6], noisy)).toMatchObject({ ok: false, where: '[1]' });
  });

  it('fails on shapes, missing entries and other types', () => {
    expect(compare([1], { expected: [1, 2] }).reason).toBe('expected 2 entries, got 1 entries');
    expect(compare({}, { expected: { a: 1 } })).toMatchObject({
      ok: false,
      where: 'a',
      reason: 'expected 1, got nothing',
    });
    expect(compare([1], { expected: { a: 1 } }).ok).toBe(false);
    expect(compare('1', { expected: 1 }).ok).toBe(false);
    expect(compare(1, { expected: '1' }).ok).toBe(false);
    expect(compare(true, { expected: true }).ok).toBe(true);
    expect(compare(null, { expected: null }).ok).toBe(true);
  });
});
