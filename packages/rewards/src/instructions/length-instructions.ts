import type { InstructionMaker } from './instructions.ts';
import { countSentences } from './sentences.ts';

/** Instructions about sentences, words and paragraphs. */
export const lengthInstructions: Readonly<Record<string, InstructionMaker>> = {
  'length_constraints:number_sentences': (read) => {
    const holds = read.relation('relation', 'num_sentences');
    return (response) => holds(countSentences(response));
  },
  'length_constraints:number_words': (read) => {
    const holds = read.relation('relation', 'num_words');
    return (response) => holds(response.match(/[\p{L}\p{N}_]+/gu)?.length ?? 0);
  },
  'length_constraints:number_paragraphs': (read) => {
    const wanted = read.count('num_paragraphs');
    return (response) => {
      const paragraphs = response.split(/\s?\*\*\*\s?/);
      // A divider before the first and after the last paragraph is allowed, an empty one between is not.
      const inner = paragraphs.slice(1, -1);
      if (inner.some(isBlank)) return false;
      const ends = paragraphs.length === 1 ? paragraphs : [paragraphs[0] ?? '', paragraphs.at(-1) ?? ''];
      return inner.length + ends.filter((end) => !isBlank(end)).length === wanted;
    };
  },
  'length_constraints:nth_paragraph_first_word': (read) => {
    const wanted = read.count('num_paragraphs');
    const nth = read.count('nth_paragraph');
    const firstWord = read.text('first_word').toLowerCase();
    return (response) => {
      const paragraphs = response.split('\n\n');
      const filled = paragraphs.filter((paragraph) => !isBlank(paragraph)).length;
      // As in IFEval, blank paragraphs do not count among the wanted, but do when the nth is looked up.
      const paragraph = nth <= filled ? (paragraphs[nth - 1] ?? '').trim() : '';
      const word = (paragraph.split(/\s/, 1)[0] ?? '').replace(/^'+/, '').replace(/^"+/, '');
      const [bare = ''] = word.split(/[.,?!'"]/, 1);
      return paragraph !== '' && filled === wanted && bare.toLowerCase() === firstWord;
    };
  },
};

function isBlank(text: string): boolean {
  return text.trim() === '';
}
