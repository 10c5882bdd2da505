import type { RewardRequest } from '@rlloom/spec';
import { testRewardFunction } from '@rlloom/spec/testing';
import { describe, expect, it } from 'vitest';
import { request, task } from '../testing/requests.ts';
import { languageConsistencyConfig } from './language-consistency.config.ts';
import { languageConsistencyDefaults, languageConsistencyReward } from './language-consistency.ts';

testRewardFunction('language_consistency', () => languageConsistencyReward({ language: 'en' }), {
  correct: [request('All of it is English, $x = 中$ and `код` aside.'), request('naïve café')],
  incorrect: [request('Half of it 是中文 here'), request('123'), request('')],
});
testRewardFunction(
  'language_consistency by lines',
  () => languageConsistencyReward({ language: 'de', by: 'language' }),
  {
    correct: [request('Das ist ein ganz deutscher Satz.\nUnd noch ein Satz, der deutsch ist.\n42')],
    incorrect: [request('This line is certainly an English one.\nDas hier ist ein deutscher Satz.')],
  },
);
testRewardFunction('language_consistency of the prompt', () => languageConsistencyReward(), {
  correct: [request('Twenty-four')],
  incorrect: [request('二十四')],
  unverifiable: [{ ...request('x'), task: task('no messages') }],
});

const context = { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY };
const score = async (options: Parameters<typeof languageConsistencyReward>[0], one: RewardRequest) =>
  (await languageConsistencyReward(options)(one, context)).score;

describe('languageConsistencyReward', () => {
  it('counts words, also where no spaces divide them', async () => {
    expect(await score({ language: 'zh' }, request('我们 learn 数学 now'))).toBe(0.5);
    expect(await score({ language: 'ja' }, request('これはペンです'))).toBe(1);
    expect(await score({ language: 'ru' }, request('да, yes'))).toBe(0.5);
    expect(await score({ language: 'en' }, request('one ⴰⵣⵓⵍ'))).toBe(0.5);
  });

  it('counts code too where asked to', async () => {
    const text = request('да ```print(x)```');
    expect(await score({ language: 'ru' }, text)).toBe(1);
    expect(await score({ language: 'ru', ignoreCode: false }, text)).toBeCloseTo(1 / 3, 12);
  });

  it('looks after the reasoning only where asked to, and has a threshold', async () => {
    const options = { language: 'en', reasoningDelimiter: '</think>', threshold: 0.5 };
    const result = await languageConsistencyReward(options)(request('<think>是</think>yes да'), context);
    expect(result).toMatchObject({ verdict: 'correct', score: 0.5 });
    expect(await score(options, request('yes'))).toBe(0);
  });

  it('cannot tell lines of a language that the detector does not know', async () => {
    expect(await score({ language: 'sw', by: 'language' }, request('Jibu'))).toBeNull();
    expect(await score({ language: 'sw' }, request('Jibu'))).toBe(1);
  });

  it('has the defaults of its schema', () => {
    expect(languageConsistencyConfig.parse({})).toEqual(languageConsistencyDefaults);
  });
});
