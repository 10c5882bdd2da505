import { lastBoxed, lastTagged } from '../answers/find-answer.ts';

/**
 * Where a choice is looked for: `boxed` = in the last `\boxed{}`, `answer_tag` = in the last `<answer>`, `phrase` =
 * after the last "answer is", "answer:", "option", "choose", "答案是", "选"; `alone` = the response, or its last line,
 * is nothing but a choice; `last` = the last letter that stands like a choice, e.g. `(B)` or `B.`.
 */
export type ChoiceSource = 'boxed' | 'answer_tag' | 'phrase' | 'alone' | 'last';

/** The text a source points at; `undefined` where it finds nothing. */
export function choiceText(text: string, source: ChoiceSource): string | undefined {
  switch (source) {
    case 'boxed':
      return lastBoxed(text);
    case 'answer_tag':
      return lastTagged(text, 'answer');
    case 'phrase': {
      const lead = [...text.matchAll(phrase)].at(-1);
      return lead === undefined
        ? undefined
        : text
            .slice(lead.index + lead[0].length)
            .trimStart()
            .split('\n', 1)[0];
    }
    case 'alone':
      return [text, text.trimEnd().split('\n').at(-1) ?? ''].find((part) => alone.test(part.slice(0, 40)));
    case 'last':
      return [...text.slice(-lastCharacters).matchAll(standing)].at(-1)?.[1];
  }
}

/** The letters a text names: one, or several where `several` asks for a set, e.g. "A, C", "A and C", "AC". */
export function lettersIn(text: string, letters: ReadonlySet<string>, several: boolean): readonly string[] {
  const bare = text
    .replace(/\\(?:text|mathrm|textbf|mathbf)\s?\{/g, '{')
    .replace(/[*_`$#{}]/g, ' ')
    .trim();
  const known = (letter: string): boolean => letters.has(letter.toUpperCase());
  if (several) {
    const list =
      /^[^\p{L}\p{N}]*([A-Za-z](?:(?:[\s,;/&()[\]]|\band\b|和){0,9}[A-Za-z])*)(?![\p{L}\p{N}])/u.exec(bare)?.[1] ?? '';
    const named = list.replace(/\band\b/g, '').match(/[A-Za-z]/g) ?? [];
    return named.every(known) ? [...new Set(named.map((letter) => letter.toUpperCase()))].sort() : [];
  }
  const [, lead = '', letter = '', next = ''] =
    /^([^\p{L}\p{N}]{0,9}(?:(?:option|choice)\s{1,3})?[^\p{L}\p{N}]{0,3})(\p{L})([^]?)/iu.exec(bare) ?? [];
  if (!known(letter) || /[\p{L}\p{N}]/u.test(next) || next === "'" || next === '’') return [];
  const isBracketed = /[([]\s*$/.test(lead);
  // "a dog" and "I think" are no choices, "a)" and "A dog" are.
  const isCapital = letter !== letter.toLowerCase();
  const rest = bare.slice(lead.length + letter.length).trim();
  if (!isCapital && !isBracketed && /^[\p{L}\p{N}]/u.test(rest)) return [];
  if (letter === 'I' && !isBracketed && /^\p{Ll}/u.test(rest)) return [];
  return [letter.toUpperCase()];
}

const lastCharacters = 2000;

const phrase =
  /\b(?:answer|option|choice)(?:\s+(?:is|would be|should be)\b|\s*[:：])\s*|\b(?:choose|select|pick)\s+|答案\s*(?:是|为|[:：])\s*|选(?:择|项)?\s*[:：]?\s*(?=[A-Z(（])/giu;

const alone = /^[^\p{L}\p{N}]*(?:\\boxed)?[^\p{L}\p{N}]*[A-Za-z][^\p{L}\p{N}]*$/u;

const standing = /(?<![\p{L}\p{N}'’])([([]?[A-Z])(?=[)\].:*]|\s*$)/gmu;
