import { counts, ngrams, type Overlap, overlapOf, sharedCount } from './overlap.ts';

/** A text and what it is compared with. */
export interface TextPair {
  readonly prediction: string;
  readonly reference: string;
}

/** The measures of Google's `rouge_score`. */
export type RougeMeasure = 'rouge1' | 'rouge2' | 'rougeL' | 'rougeLsum';

/**
 * ROUGE of a text against a reference, as the package `rouge_score` 0.1.2 computes it without its stemmer: n-grams
 * for `rouge1` and `rouge2`, the longest common subsequence of words for `rougeL`, the union of those of each line for
 * `rougeLsum`.
 *
 * Words are runs of `a-z0-9` after lower-casing, as there; texts in other scripts have none. Lin 2004, W04-1013.
 *
 * @param tokenize words of a text; default `rougeWords`
 * @example
 * ```ts
 * rouge('rougeL', { prediction: 'the cat sat', reference: 'the cat was sat' }).recall; // => 0.75
 * ```
 */
export function rouge(
  measure: RougeMeasure,
  { prediction, reference }: TextPair,
  tokenize: (text: string) => string[] = rougeWords,
): Overlap {
  if (measure === 'rougeLsum') return rougeLsum(prediction, reference, tokenize);
  const [predicted, expected] = [tokenize(prediction), tokenize(reference)];
  if (measure === 'rougeL') {
    return overlapOf(subsequence(expected, predicted).length, predicted.length, expected.length);
  }
  const size = measure === 'rouge1' ? 1 : 2;
  const [a, b] = [ngrams(predicted, size), ngrams(expected, size)];
  return overlapOf(sharedCount(a, b), a.length, b.length);
}

/**
 * Most cells that a longest common subsequence may fill: 5,000 × 5,000 words. Beyond it `textSimilarityReward` says
 * that it cannot judge rather than take seconds.
 */
export const rougeCells = 25_000_000;

/** Words as `rouge_score` sees them: runs of `a-z0-9` in lower case. */
export function rougeWords(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}

function rougeLsum(prediction: string, reference: string, tokenize: (text: string) => string[]): Overlap {
  const lines = (text: string): string[][] =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map(tokenize);
  const [predicted, expected] = [lines(prediction), lines(reference)];
  const left = counts(predicted.flat());
  const leftOfReference = counts(expected.flat());
  let hits = 0;
  for (const line of expected) {
    const union = new Set(predicted.flatMap((other) => subsequence(line, other)));
    for (const at of [...union].sort((a, b) => a - b)) {
      const word = line[at] as string;
      const [rest, restOfReference] = [left.get(word) ?? 0, leftOfReference.get(word) ?? 0];
      if (rest === 0 || restOfReference === 0) continue;
      left.set(word, rest - 1);
      leftOfReference.set(word, restOfReference - 1);
      hits += 1;
    }
  }
  return overlapOf(hits, predicted.flat().length, expected.flat().length);
}

/** Positions in `a` of a longest common subsequence with `b`. Ties as in `rouge_score`: backwards, dropping of `b` last. */
function subsequence(a: readonly string[], b: readonly string[]): number[] {
  const width = b.length + 1;
  // A subsequence is no longer than the shorter side, which `rougeCells` keeps far below 65,536.
  const table = new Uint16Array((a.length + 1) * width);
  const ids = new Map<string, number>();
  const number = (word: string): number => {
    const id = ids.get(word) ?? ids.size;
    ids.set(word, id);
    return id;
  };
  const [left, right] = [Int32Array.from(a, number), Int32Array.from(b, number)];
  for (let i = 1; i <= a.length; i += 1) {
    for (let j = 1; j < width; j += 1) {
      const at = i * width + j;
      table[at] =
        left[i - 1] === right[j - 1]
          ? (table[at - width - 1] as number) + 1
          : Math.max(table[at - width] as number, table[at - 1] as number);
    }
  }
  const positions: number[] = [];
  for (let i = a.length, j = b.length; i > 0 && j > 0; ) {
    if (left[i - 1] === right[j - 1]) {
      positions.push(i - 1);
      i -= 1;
      j -= 1;
    } else if ((table[i * width + j - 1] as number) > (table[(i - 1) * width + j] as number)) j -= 1;
    else i -= 1;
  }
  return positions.reverse();
}
