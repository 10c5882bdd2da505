/**
 * Words without small letters, counted as IFEval counts them, over NLTK's Treebank tokens: a hyphen joins (`TOP-TEN` is
 * one), an apostrophe divides (`IT'S` and `DON'T` are two), a single capital letter is a word.
 *
 * @example
 * ```ts
 * countCapitalWords("I said STOP, it's NOT-OK!"); // => 3
 * ```
 */
export function countCapitalWords(text: string): number {
  return treebankTokens(text).filter(isUpperCase).length;
}

/** Whether a text has capital letters and no small ones; Python's `str.isupper`. */
export function isUpperCase(text: string): boolean {
  return /\p{Uppercase}/u.test(text) && !/[\p{Lowercase}\p{Lt}]/u.test(text);
}

/** Whether a text has small letters and no capital ones; Python's `str.islower`. */
export function isLowerCase(text: string): boolean {
  return /\p{Lowercase}/u.test(text) && !/[\p{Uppercase}\p{Lt}]/u.test(text);
}

function treebankTokens(text: string): string[] {
  return ` ${text} `
    .replace(/["«»“”‘’„`]/g, ' $& ')
    .replace(/[:,](?!\d)/g, ' $& ')
    .replace(/\.{2,}|--|[;@#$%&?!*()[\]{}<>]/g, ' $& ')
    .replace(/([^' ])('(?:s|m|d|ll|re|ve)?|n't)(?=\s)/gi, '$1 $2 ')
    .replace(/\b(can)(not)\b|\b(gim|lem)(me)\b|\b(gon|wan)(na)\b|\b(got)(ta)\b/gi, (pair) =>
      // Each is divided before its last two or three letters.
      pair.length === 6 ? `${pair.slice(0, 3)} ${pair.slice(3)}` : `${pair.slice(0, -2)} ${pair.slice(-2)}`,
    )
    .split(/\s+/);
}
