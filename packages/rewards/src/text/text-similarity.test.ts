import { testRewardFunction } from '@rlloom/spec/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { request, task } from '../testing/requests.ts';
import { type SimilarityMeasure, textSimilarity } from './similarity.ts';
import { squadNormalize } from './squad-normalize.ts';
import { textSimilarityConfig } from './text-similarity.config.ts';
import { textSimilarityDefaults, textSimilarityReward } from './text-similarity.ts';

for (const measure of ['f1', 'rouge1', 'rouge2', 'rougeL', 'rougeLsum', 'edit', 'jaccard'] as const) {
  testRewardFunction(`text_similarity ${measure}`, () => textSimilarityReward({ measure }), {
    correct: [request('the red cat sat', 'the red cat sat')],
    incorrect: [request('a dog', 'the red cat sat'), request('', 'x')],
    unverifiable: [{ ...request('x'), task: task('no reference') }],
  });
}

const options = { figure: 'f1', words: 'rouge_score' } as const;
const similarity = (measure: SimilarityMeasure, a: string, b: string) => textSimilarity(a, b, { ...options, measure });

describe('textSimilarity', () => {
  it('counts words in common as SQuAD does', () => {
    // "cat sat mat" and "cat sat": 2 shared of 3 and 2
    expect(similarity('f1', 'The cat sat (a mat)!', 'the cat sat')).toBeCloseTo(0.8, 12);
    expect(similarity('f1', 'x x y', 'x')).toBeCloseTo(0.5, 12);
    expect(similarity('f1', 'The', 'a')).toBe(1);
    expect(similarity('f1', 'the', 'b')).toBe(0);
  });

  it('counts edits against the longer text', () => {
    expect(similarity('edit', 'kitten', ' sitting ')).toBeCloseTo(1 - 3 / 7, 12);
    expect(similarity('edit', '', '')).toBe(1);
    expect(similarity('edit', '', 'abc')).toBe(0);
  });

  it('counts sets of words', () => {
    expect(similarity('jaccard', 'a b b c', 'b c d')).toBe(0.5);
  });

  it('is symmetric and 1 for the same text', () => {
    const measure = fc.constantFrom<SimilarityMeasure>('f1', 'edit', 'jaccard', 'rouge1', 'rougeL');
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 20 }),
        fc.string({ maxLength: 20 }),
        measure,
        (a, b, one) => {
          expect(similarity(one, a, b)).toBeCloseTo(similarity(one, b, a), 12);
          if (/[a-z]/.test(squadNormalize(a))) expect(similarity(one, a, a)).toBe(1);
        },
      ),
    );
  });
});

describe('textSimilarityReward', () => {
  const context = { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY };

  it('takes the nearest of several references, and a threshold', async () => {
    const reward = textSimilarityReward({ measure: 'edit', threshold: 0.7 });
    const result = await reward(request('color', '["house", "colour"]'), context);
    expect(result.score).toBeCloseTo(5 / 6, 12);
    expect(result.verdict).toBe('correct');
  });

  it('says so when a text is too long rather than take seconds', async () => {
    const long = 'a '.repeat(6000);
    expect((await textSimilarityReward()(request(long, long), context)).verdict).toBe('unverifiable');
  });

  it('has the defaults of its schema', () => {
    expect(textSimilarityConfig.parse({})).toEqual(textSimilarityDefaults);
  });
});
