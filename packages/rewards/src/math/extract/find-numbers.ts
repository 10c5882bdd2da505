import type { Span } from './find-boxes.ts';

// Digits that belong to a name, an index or an exponent are no number of their own, nor is a coefficient like 5x.
const numberToken =
  /(?<![\w.^\\])(?:[-\u2212](?:(?<![\w)\]}]\s*[-\u2212])\s*|(?<![\d)\]}]\s*[-\u2212]|\w[-\u2212])))?(?:[$\u20ac\u00a3\u00a5\u20b9]\s?|\\\$)?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?: \d{3})+(?![\d])|\d{4,},\d{1,2}(?!\d)|0,\d+|\d+(?:\.\d+)?|\.\d+)(?:\s?\/\s?\d+(?:\.\d+)?)?(?:\s?(?:\\?%|[Pp]ercent(?:age)?\b|[Pp]ct\b))?(?!\.?\d|[a-fi-kn-rt-zBDEG-IMO-SUX-Z](?![A-Za-z])|\^)/g;

/** The numbers written in a text, in order: integers, decimals, `a/b`, thousands, percents, with a currency sign. */
export function findNumbers(text: string): Span[] {
  return [...text.matchAll(numberToken)].map((match) => ({
    // A decimal comma ("1000,99", "0,30") is a point to whoever reads the number.
    text: match[0].replace(/(?<![\d,])(\d{4,}|0),(\d{1,2}|(?<=\b0,)\d+)(?!\d)/, '$1.$2'),
    start: match.index,
    end: match.index + match[0].length,
  }));
}
