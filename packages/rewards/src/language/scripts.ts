/** Scripts (Unicode's names) in which a language is written; Latin for those not listed. */
const scriptsOfLanguage: Readonly<Record<string, readonly string[]>> = {
  zh: ['Han'],
  ja: ['Han', 'Hiragana', 'Katakana'],
  ko: ['Hangul'],
  ru: ['Cyrillic'],
  uk: ['Cyrillic'],
  bg: ['Cyrillic'],
  sr: ['Cyrillic'],
  mk: ['Cyrillic'],
  be: ['Cyrillic'],
  kk: ['Cyrillic'],
  mn: ['Cyrillic'],
  ar: ['Arabic'],
  fa: ['Arabic'],
  ur: ['Arabic'],
  ps: ['Arabic'],
  he: ['Hebrew'],
  el: ['Greek'],
  hi: ['Devanagari'],
  mr: ['Devanagari'],
  ne: ['Devanagari'],
  bn: ['Bengali'],
  gu: ['Gujarati'],
  pa: ['Gurmukhi'],
  ta: ['Tamil'],
  te: ['Telugu'],
  kn: ['Kannada'],
  ml: ['Malayalam'],
  th: ['Thai'],
  my: ['Myanmar'],
  km: ['Khmer'],
  lo: ['Lao'],
  ka: ['Georgian'],
  hy: ['Armenian'],
  am: ['Ethiopic'],
};

const known = [...new Set(['Latin', ...Object.values(scriptsOfLanguage).flat()])];
const patterns = known.map((script) => [script, new RegExp(String.raw`\p{Script=${script}}`, 'u')] as const);

/** The scripts of a language (ISO 639-1). */
export function scriptsOf(language: string): readonly string[] {
  return scriptsOfLanguage[language.toLowerCase().split('-')[0] ?? ''] ?? ['Latin'];
}

/** The script of a word's first letter; `undefined` without a letter, `other` for scripts that are not listed. */
export function scriptOf(word: string): string | undefined {
  const [letter] = /\p{L}/u.exec(word) ?? [];
  return letter === undefined ? undefined : (patterns.find(([, pattern]) => pattern.test(letter))?.[0] ?? 'other');
}
