/**
 * A text as SQuAD compares it: lower case, without ASCII punctuation, without the articles a, an, the, and with single
 * spaces.
 *
 * arXiv:1606.05250.
 *
 * @example
 * ```ts
 * squadNormalize('The  Eiffel-Tower!'); // => 'eiffeltower'
 * ```
 */
export function squadNormalize(text: string): string {
  return text
    .toLowerCase()
    .replace(/[!-/:-@[-`{-~]/g, '')
    .replace(/\b(?:a|an|the)\b/g, ' ')
    .trim()
    .replace(/\s+/g, ' ');
}
