import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RougeMeasure, rouge } from './rouge.ts';
import { unicodeWords } from './unicode-words.ts';

const measures: readonly RougeMeasure[] = ['rouge1', 'rouge2', 'rougeL', 'rougeLsum'];

describe('rouge', () => {
  // Numbers that rouge_score 0.1.2 gives, use_stemmer=False: precision, recall, F1.
  it.each([
    [
      'the quick brown fox jumps over the lazy dog',
      'The quick brown dog jumps on the log.',
      [6 / 8, 6 / 9, 12 / 17],
      [2 / 7, 2 / 8, 4 / 15],
      [5 / 8, 5 / 9, 10 / 17],
      [5 / 8, 5 / 9, 10 / 17],
    ],
    [
      'police killed the gunman',
      'police kill the gunman\nthe gunman kill police',
      [0.375, 0.75, 0.5],
      [1 / 7, 1 / 3, 0.2],
      [0.375, 0.75, 0.5],
      [0.375, 0.75, 0.5],
    ],
    [
      'a b c d e\nf g h i j',
      'a b\nx f g c d\nj i',
      [8 / 9, 0.8, 16 / 19],
      [3 / 8, 3 / 9, 6 / 17],
      [5 / 9, 0.5, 10 / 19],
      [7 / 9, 0.7, 14 / 19],
    ],
    ['été naïve', 'ete naive', [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
    ['', 'a', [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
  ])('reference %j', (reference, prediction, ...expected) => {
    for (const [index, measure] of measures.entries()) {
      const { precision, recall, f1 } = rouge(measure, { prediction, reference });
      for (const [at, value] of [precision, recall, f1].entries()) {
        expect(value, measure).toBeCloseTo((expected[index] as readonly number[])[at]!, 12);
      }
    }
  });

  it('knows other scripts where asked to', () => {
    expect(rouge('rouge1', { prediction: 'чёрный кот', reference: 'кот спит' }, unicodeWords).f1).toBe(0.5);
  });

  it('stays in bounds, gives 1 to the same text, and swaps precision and recall with its arguments', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', '\n'), { minLength: 1, maxLength: 15 })
      .map((all) => all.join(' '));
    fc.assert(
      fc.property(text, text, fc.constantFrom(...measures), (a, b, measure) => {
        const there = rouge(measure, { prediction: a, reference: b });
        for (const value of Object.values(there)) expect(value >= 0 && value <= 1).toBe(true);
        if (/\w.*\w/s.test(a) && measure !== 'rougeLsum')
          expect(rouge(measure, { prediction: a, reference: a }).f1).toBe(1);
        if (measure !== 'rougeLsum')
          expect(rouge(measure, { prediction: b, reference: a }).recall).toBe(there.precision);
      }),
    );
  });
});
