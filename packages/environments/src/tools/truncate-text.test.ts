import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { truncateText } from './truncate-text.ts';

describe('truncateText', () => {
  it('cuts where it is told', () => {
    const text = 'abcdefghij'.repeat(4);
    expect(truncateText(text, { maxLength: 23, side: 'right' })).toBe('abcdef...(truncated)...');
    expect(truncateText(text, { maxLength: 23, side: 'left' })).toBe('...(truncated)...efghij');
    expect(truncateText(text, { maxLength: 23, side: 'middle' })).toBe('abc...(truncated)...hij');
    expect(truncateText(text, { maxLength: 40, side: 'left' })).toBe(text);
    expect(truncateText(text, { maxLength: 3, side: 'middle' })).toBe('...');
    expect(truncateText('', { maxLength: 0, side: 'right' })).toBe('');
  });

  it('is never longer than it may be, and well-formed', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 80 }),
        fc.integer({ min: 0, max: 60 }),
        fc.constantFrom('left', 'middle', 'right' as const),
        (text, maxLength, side) => {
          const cut = truncateText(text, { maxLength, side });
          expect(cut.length).toBeLessThanOrEqual(maxLength);
          expect(encodeURIComponent(cut)).toBeDefined();
        },
      ),
    );
  });
});
