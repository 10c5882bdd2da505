import { detectLanguage, knowsLanguage } from '../language/detect-language.ts';
import { countCapitalWords, isLowerCase, isUpperCase } from './capital-words.ts';
import type { InstructionMaker } from './instructions.ts';

/** Instructions about language and case. As in IFEval, a text without anything to tell its language by passes. */
export const languageInstructions: Readonly<Record<string, InstructionMaker>> = {
  'language:response_language': (read) => {
    const [wanted = ''] = read.text('language').toLowerCase().split('-');
    return async (response) => {
      if (!(await knowsLanguage(wanted))) return null;
      return ((await detectLanguage(response)) ?? wanted) === wanted;
    };
  },
  'change_case:english_capital': () => async (response) => isUpperCase(response) && isEnglish(response),
  'change_case:english_lowercase': () => async (response) => isLowerCase(response) && isEnglish(response),
  'change_case:capital_word_frequency': (read) => {
    const holds = read.relation('capital_relation', 'capital_frequency');
    return (response) => holds(countCapitalWords(response));
  },
};

async function isEnglish(text: string): Promise<boolean> {
  return ((await detectLanguage(text)) ?? 'en') === 'en';
}
