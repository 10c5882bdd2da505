/** Where a stop string stands. */
export interface StopMatch {
  readonly string: string;
  /** Its first character, in the text of the new tokens. */
  readonly textStart: number;
}

/**
 * The first stop string that ends in the last `fresh` characters of a text: the one that starts first, of those the
 * first of the list.
 */
export function findStopString(text: string, stopStrings: readonly string[], fresh: number): StopMatch | undefined {
  let first: StopMatch | undefined;
  for (const string of stopStrings) {
    const textStart = text.indexOf(string, Math.max(text.length - fresh - string.length + 1, 0));
    if (textStart >= 0 && (first === undefined || textStart < first.textStart)) first = { string, textStart };
  }
  return first;
}

/** Characters of the end of a text that may become a stop string. */
export function possibleStopLength(text: string, stopStrings: readonly string[]): number {
  let longest = 0;
  for (const string of stopStrings) {
    for (let length = Math.min(string.length - 1, text.length); length > longest; length--) {
      if (text.endsWith(string.slice(0, length))) longest = length;
    }
  }
  return longest;
}
