import { distance } from 'fastest-levenshtein';
import { overlapOf, sharedCount } from './overlap.ts';
import { type RougeMeasure, rouge, rougeCells, rougeWords } from './rouge.ts';
import { squadNormalize } from './squad-normalize.ts';
import { unicodeWords } from './unicode-words.ts';

/** How alike two texts are. */
export type SimilarityMeasure = 'f1' | RougeMeasure | 'edit' | 'jaccard';

/** What `textSimilarity` needs to know. */
export interface SimilarityOptions {
  readonly measure: SimilarityMeasure;
  /** Which figure of `f1` and ROUGE is the score. */
  readonly figure: 'precision' | 'recall' | 'f1';
  /** Words of ROUGE and `jaccard`: `rouge_score` = runs of a-z and digits; `unicode` = words of every script. */
  readonly words: 'rouge_score' | 'unicode';
}

/**
 * Likeness of two texts, from 0 to 1. `f1` = words in common after SQuAD's normalisation (1 for two empty texts, as
 * there); ROUGE as `rouge`; `edit` = `1 − Levenshtein distance / longer length` over UTF-16 units after trimming;
 * `jaccard` = words in common by all words, as sets.
 *
 * @example
 * ```ts
 * const options = { figure: 'f1', words: 'rouge_score' } as const;
 * textSimilarity('sat on a mat', 'the mat', { ...options, measure: 'f1' }); // => 0.5
 * textSimilarity('kitten', 'sitten', { ...options, measure: 'edit' }).toFixed(3); // => '0.833'
 * ```
 */
export function textSimilarity(prediction: string, reference: string, options: SimilarityOptions): number {
  const { measure, figure } = options;
  const tokenize = options.words === 'unicode' ? unicodeWords : rougeWords;
  switch (measure) {
    case 'f1': {
      const [a, b] = [words(squadNormalize(prediction)), words(squadNormalize(reference))];
      return a.length === 0 || b.length === 0
        ? Number(a.length === b.length)
        : overlapOf(sharedCount(a, b), a.length, b.length)[figure];
    }
    case 'edit': {
      const [a, b] = [prediction.trim(), reference.trim()];
      return a === b ? 1 : 1 - distance(a, b) / Math.max(a.length, b.length);
    }
    case 'jaccard':
      return jaccard(tokenize(prediction), tokenize(reference));
    default:
      return rouge(measure, { prediction, reference }, tokenize)[figure];
  }
}

/** Whether a measure would take too long on these texts. */
export function isTooLong(prediction: string, reference: string, { measure, words: kind }: SimilarityOptions): boolean {
  if (measure === 'edit') return prediction.length * reference.length > 40 * rougeCells;
  if (measure !== 'rougeL' && measure !== 'rougeLsum') return false;
  const tokenize = kind === 'unicode' ? unicodeWords : rougeWords;
  return tokenize(prediction).length * tokenize(reference).length > rougeCells;
}

/** Members in common by all members; 1 for two empty lists. */
export function jaccard(a: readonly string[], b: readonly string[]): number {
  const [left, right] = [new Set(a), new Set(b)];
  let shared = 0;
  for (const item of left) if (right.has(item)) shared += 1;
  const all = left.size + right.size - shared;
  return all === 0 ? 1 : shared / all;
}

function words(text: string): string[] {
  return text === '' ? [] : text.split(' ');
}
