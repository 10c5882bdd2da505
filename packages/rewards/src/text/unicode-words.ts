const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

/**
 * Words of a text in any script, in lower case; where a script has no spaces, as a dictionary divides them (ICU's).
 *
 * @example
 * ```ts
 * unicodeWords('Ça va, toi?'); // => ['ça', 'va', 'toi']
 * ```
 */
export function unicodeWords(text: string): string[] {
  const words: string[] = [];
  for (const { segment, isWordLike } of segmenter.segment(text.toLowerCase())) if (isWordLike) words.push(segment);
  return words;
}
