import type { RewardFunction, Task } from '@rlloom/spec';
import { afterReasoning } from '../answers/find-answer.ts';
import { judged, unverifiable } from '../answers/results.ts';
import { unicodeWords } from '../text/unicode-words.ts';
import { detectLanguage, knowsLanguage } from './detect-language.ts';
import { scriptOf, scriptsOf } from './scripts.ts';

/** Options of the `language_consistency` reward. */
export interface LanguageConsistencyConfig {
  /** Language wanted, ISO 639-1, e.g. `en`; `null` = that of the task's last user message. */
  readonly language: string | null;
  /**
   * `script` = share of words in a script of the language, which tells Chinese from English but not French from
   * English; `language` = share of words that stand in lines of that language, by n-grams.
   */
  readonly by: 'script' | 'language';
  /** Leave out code, formulas and addresses, which belong to no language. */
  readonly ignoreCode: boolean;
  /** Only text after its last occurrence counts; `null` = all text, reasoning included (DeepSeek-R1). */
  readonly reasoningDelimiter: string | null;
  /** Share from which a response is `correct`. */
  readonly threshold: number;
}

/** What `languageConsistencyReward` does when nothing is said. */
export const languageConsistencyDefaults: LanguageConsistencyConfig = {
  language: null,
  by: 'script',
  ignoreCode: true,
  reasoningDelimiter: null,
  threshold: 1,
};

/**
 * The `language_consistency` reward: the share of words in the language wanted, from 0 to 1, as DeepSeek-R1 has it
 * against reasoning that mixes languages. Words are ICU's, so Chinese and Japanese count by words too; numbers and
 * punctuation do not count. A response without words scores 0; a language that cannot be told is unverifiable.
 *
 * arXiv:2501.12948, section 2.3.2.
 */
export function languageConsistencyReward(options: Partial<LanguageConsistencyConfig> = {}): RewardFunction {
  const config = { ...languageConsistencyDefaults, ...options };
  return async ({ task, responseText }) => {
    const wanted = config.language ?? (await languageOfTask(task));
    if (wanted === undefined) return unverifiable('the language of the task cannot be told: set language');
    if (config.by === 'language' && !(await knowsLanguage(wanted))) {
      return unverifiable(`the language "${wanted}" cannot be told: use by: script`);
    }
    const part = afterReasoning(responseText, config.reasoningDelimiter);
    if (part === undefined) return judged(false, 0, [`"${config.reasoningDelimiter}" is missing`]);
    const text = config.ignoreCode ? withoutCode(part) : part;
    const [inside, all] = config.by === 'script' ? countByScript(text, wanted) : await countByLine(text, wanted);
    if (all === 0) return judged(false, 0, ['there are no words']);
    const share = inside / all;
    return judged(share >= config.threshold, share, [`${inside} of ${all} words are in "${wanted}"`]);
  };
}

type Count = readonly [inside: number, all: number];

function countByScript(text: string, language: string): Count {
  const wanted = scriptsOf(language);
  const scripts = unicodeWords(text).flatMap((word) => scriptOf(word) ?? []);
  return [scripts.filter((script) => wanted.includes(script)).length, scripts.length];
}

async function countByLine(text: string, language: string): Promise<Count> {
  let [inside, all] = [0, 0];
  for (const line of text.split(/\n+/)) {
    const words = unicodeWords(line).filter((word) => scriptOf(word) !== undefined).length;
    if (words === 0) continue;
    all += words;
    // A few words cannot be told from those of a neighbour language: they pass by their script.
    if (words < 4) inside += countByScript(line, language)[0];
    else if ((await detectLanguage(line)) === language) inside += words;
  }
  return [inside, all];
}

async function languageOfTask({ messages }: Task): Promise<string | undefined> {
  const asked = messages.findLast(({ role }) => role === 'user')?.content;
  return asked === undefined ? undefined : detectLanguage(withoutCode(asked));
}

function withoutCode(text: string): string {
  return text
    .replace(/<\/?[a-z_]+>/gi, ' ')
    .replace(/```[^]*?(?:```|$)/g, ' ')
    .replace(/`[^`\n]*`/g, ' ')
    .replace(/\$\$[^$]*\$\$|\$[^$\n]*\$|\\\[[^]*?\\\]|\\\([^]*?\\\)/g, ' ')
    .replace(/\\[a-z]+/gi, ' ')
    .replace(/https?:\/\/\S+/g, ' ');
}
