import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findStopString, possibleStopLength } from './stop-strings.ts';

describe('findStopString', () => {
  it('finds one that ends in what is new', () => {
    expect(findStopString('one\n\ntwo', ['\n\n'], 4)).toEqual({ string: '\n\n', textStart: 3 });
    expect(findStopString('one\n\ntwo', ['\n\n'], 3)).toBeUndefined();
    expect(findStopString('ab', ['abc'], 2)).toBeUndefined();
    expect(findStopString('', ['a'], 0)).toBeUndefined();
  });

  it('takes the one that starts first, then the first of the list', () => {
    expect(findStopString('xabc', ['c', 'bc'], 3)?.string).toBe('bc');
    expect(findStopString('xab', ['ab', 'abc', 'a'], 2)?.string).toBe('ab');
    expect(findStopString('xab', ['a', 'ab'], 2)?.string).toBe('a');
  });

  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
  const stops = fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 }), {
    minLength: 1,
    maxLength: 3,
  });

  it('finds piece by piece what stands in the whole, as soon as it is there', () => {
    fc.assert(
      fc.property(text, stops, (whole, strings) => {
        const end = [...whole].findIndex((_, i) => strings.some((string) => whole.slice(0, i + 1).includes(string)));
        const found = [...whole].findIndex((_, i) => findStopString(whole.slice(0, i + 1), strings, 1) !== undefined);
        expect(found).toBe(end);
      }),
    );
  });

  it('holds back enough: what is let go never belongs to a stop string', () => {
    fc.assert(
      fc.property(text, stops, (whole, strings) => {
        let released = 0;
        for (let length = 1; length <= whole.length; length++) {
          const soFar = whole.slice(0, length);
          const match = findStopString(soFar, strings, 1);
          if (match !== undefined) {
            expect(released).toBeLessThanOrEqual(match.textStart);
            return;
          }
          released = length - possibleStopLength(soFar, strings);
        }
      }),
    );
    expect(possibleStopLength('the end <', ['<end>', 'xx'])).toBe(1);
    expect(possibleStopLength('the end', ['<end>'])).toBe(0);
  });
});
