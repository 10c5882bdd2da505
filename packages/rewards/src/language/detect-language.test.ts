import { describe, expect, it } from 'vitest';
import { detectLanguage, knowsLanguage } from './detect-language.ts';

describe('detectLanguage', () => {
  it.each([
    ['The quick answer is that nobody knows.', 'en'],
    ['NOBODY KNOWS WHAT WILL HAPPEN TOMORROW', 'en'],
    ['La réponse courte est que personne ne sait.', 'fr'],
    ['Краткий ответ: никто не знает, что будет завтра.', 'ru'],
    ['短い答えは、明日何が起こるか誰にもわからないということです。', 'ja'],
    ['नाही, उद्या काय होईल हे कोणालाच माहीत नाही.', 'mr'],
    ['12 + 30 = 42 !', undefined],
    ['', undefined],
  ])('%j is %s', async (text, expected) => {
    expect(await detectLanguage(text)).toBe(expected);
  });

  it('says which it knows', async () => {
    expect([await knowsLanguage('de'), await knowsLanguage('sw'), await knowsLanguage('xx')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
