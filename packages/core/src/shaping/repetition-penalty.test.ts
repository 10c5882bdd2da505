import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { repetitionPenalty } from './repetition-penalty.ts';

describe('repetitionPenalty', () => {
  it('gives what TRL gives: −0.75, −0.6, −0.375', () => {
    // four pairs, one kind
    expect(repetitionPenalty([5, 5, 5, 5, 5], { ngramSize: 2 })).toBe(-0.75);
    // five triples, two kinds
    expect(repetitionPenalty([1, 2, 1, 2, 1, 2, 1])).toBe(-0.6);
    expect(repetitionPenalty([5, 5, 5, 5, 5], { ngramSize: 2, maxPenalty: -0.5 })).toBe(-0.375);
  });

  it('is 0 where nothing comes again, or there is no n-gram', () => {
    expect(repetitionPenalty([1, 2, 3, 4])).toBe(0);
    expect(repetitionPenalty([])).toBe(0);
    expect(repetitionPenalty([7, 7])).toBe(0);
    expect(repetitionPenalty([7, 7, 7])).toBe(0);
    expect(repetitionPenalty([7, 7, 7, 7], { maxPenalty: 0 })).toBeCloseTo(0, 15);
  });

  it('takes typed arrays', () => {
    expect(repetitionPenalty(Int32Array.of(5, 5, 5, 5, 5), { ngramSize: 2 })).toBe(-0.75);
  });

  it('counts as a set of texts does', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 5 }),
        (ids, ngramSize) => {
          const texts = ids.slice(ngramSize - 1).map((_, start) => ids.slice(start, start + ngramSize).join());
          const expected = texts.length === 0 ? 0 : new Set(texts).size / texts.length - 1;
          expect(repetitionPenalty(ids, { ngramSize })).toBeCloseTo(expected, 12);
        },
      ),
    );
  });

  it('refuses what is no n-gram, and rewards', () => {
    expect(() => repetitionPenalty([1], { ngramSize: 0 })).toThrow(RangeError);
    expect(() => repetitionPenalty([1], { ngramSize: 1.5 })).toThrow(RangeError);
    expect(() => repetitionPenalty([1], { maxPenalty: 0.5 })).toThrow(RangeError);
    expect(() => repetitionPenalty([1], { maxPenalty: Number.NEGATIVE_INFINITY })).toThrow(RangeError);
  });
});
