import type { InstructionMaker } from './instructions.ts';

/** Instructions about words and letters, and the one about commas. Keywords are taken as text, not as patterns. */
export const keywordInstructions: Readonly<Record<string, InstructionMaker>> = {
  'keywords:existence': (read) => {
    const patterns = read.texts('keywords').map((keyword) => literal(keyword));
    return (response) => patterns.every((pattern) => pattern.test(response));
  },
  'keywords:frequency': (read) => {
    const pattern = literal(read.text('keyword').trim(), 'g');
    const holds = read.relation('relation', 'frequency');
    return (response) => holds(response.match(pattern)?.length ?? 0);
  },
  'keywords:forbidden_words': (read) => {
    const words = read.texts('forbidden_words');
    const patterns = words.map((word) => new RegExp(wholeWord(word), 'iu'));
    return (response) => !patterns.some((pattern) => pattern.test(response));
  },
  'keywords:letter_frequency': (read) => {
    const letter = read.text('letter').trim().toLowerCase();
    const holds = read.relation('let_relation', 'let_frequency');
    return (response) => holds(response.toLowerCase().split(letter).length - 1);
  },
  'punctuation:no_comma': () => (response) => !response.includes(','),
};

function literal(keyword: string, flags = ''): RegExp {
  return new RegExp(escaped(keyword), `iu${flags}`);
}

function escaped(text: string): string {
  return text.replace(/[$()*+./?[\\\]^{|}]/g, String.raw`\$&`);
}

/** A pattern with Python's `\b` on both sides, for words of every script. */
function wholeWord(word: string): string {
  const inWord = String.raw`[\p{L}\p{N}_]`;
  const before = new RegExp(`^${inWord}`, 'u').test(word) ? `(?<!${inWord})` : `(?<=${inWord})`;
  const after = new RegExp(`${inWord}$`, 'u').test(word) ? `(?!${inWord})` : `(?=${inWord})`;
  return before + escaped(word) + after;
}
