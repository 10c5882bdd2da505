import type * as Eld from 'eld/extrasmall';

let detector: Promise<typeof Eld.eld> | undefined;

// 32 MB of n-grams: only threads that ask for a language load them.
async function loadDetector(): Promise<typeof Eld.eld> {
  detector ??= import('eld/extrasmall').then(({ eld }) => eld);
  return detector;
}

/**
 * The language of a text as ISO 639-1 (`en`, `zh`, …), by ELD's n-grams; `undefined` where there are no letters to
 * judge by. Case does not count.
 *
 * @example
 * ```ts
 * await detectLanguage('Die kurze Antwort ist, dass es niemand weiß.'); // => 'de'
 * ```
 */
export async function detectLanguage(text: string): Promise<string | undefined> {
  const { language } = (await loadDetector()).detect(text.slice(0, mostCharacters).toLowerCase());
  return language === '' ? undefined : language;
}

/** Whether `detectLanguage` can tell a language; of IFEval's it does not know Nepali and Swahili. */
export async function knowsLanguage(code: string): Promise<boolean> {
  return Object.values((await loadDetector()).info().Languages).includes(code);
}

/** Enough to tell a language by. */
const mostCharacters = 20_000;
