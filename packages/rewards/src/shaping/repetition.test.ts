import { readFileSync } from 'node:fs';
import type { RewardRequest } from '@rlloom/spec';
import { testRewardFunction } from '@rlloom/spec/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { request } from '../testing/requests.ts';
import { repeatedShare } from './repeated-share.ts';
import { repetitionConfig } from './repetition.config.ts';
import { repetitionDefaults, repetitionReward } from './repetition.ts';

testRewardFunction('repetition', () => repetitionReward(), {
  correct: [request('every word is new here'), request('too short')],
  incorrect: [request('again and again and again and again')],
  fullMarks: 0,
});
testRewardFunction('repetition of tokens', () => repetitionReward({ unit: 'tokens' }), {
  correct: [{ ...request(''), responseTokens: Int32Array.of(1, 2, 3, 4) }],
  incorrect: [{ ...request(''), responseTokens: [1, 1, 1, 1, 1] }],
  unverifiable: [request('ids are missing')],
  fullMarks: 0,
});

const context = { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY };
const score = async (options: Parameters<typeof repetitionReward>[0], one: RewardRequest) =>
  (await repetitionReward(options)(one, context)).score;

interface TrlCase {
  readonly id: string;
  readonly inputs: { readonly completion_ids: number[][] };
  readonly params: { readonly ngram_size: number; readonly max_penalty: number; readonly reward: string };
  readonly expected: { readonly rewards: number[] };
}
const fixture = new URL('../../../../tools/fixtures/algos/trl_rewards.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(fixture, 'utf8')) as { readonly cases: readonly TrlCase[] };

describe('repetitionReward', () => {
  it.each(cases.filter(({ params }) => params.reward === 'repetition_penalty'))('is TRL: $id', async (one) => {
    const options = { ngramSize: one.params.ngram_size, maxPenalty: one.params.max_penalty };
    for (const [index, responseTokens] of one.inputs.completion_ids.entries()) {
      expect(await score(options, { ...request(''), responseTokens })).toBeCloseTo(one.expected.rewards[index]!, 12);
    }
  });

  it('counts words where it knows no tokens: 5 pairs, 2 kinds', async () => {
    expect(await score({ ngramSize: 2 }, request('No no no no no Yes'))).toBeCloseTo(-0.6, 12);
  });

  it('has the defaults of its schema', () => {
    expect(repetitionConfig.parse({})).toEqual(repetitionDefaults);
  });
});

describe('repeatedShare', () => {
  it('counts as a set of texts does, and does not mind what the units are called', () => {
    const units = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 50 });
    fc.assert(
      fc.property(units, fc.integer({ min: 1, max: 5 }), (ids, size) => {
        const texts = ids.slice(size - 1).map((_, start) => ids.slice(start, start + size).join());
        const expected = texts.length === 0 ? 0 : 1 - new Set(texts).size / texts.length;
        expect(repeatedShare(ids, size)).toBeCloseTo(expected, 12);
        expect(
          repeatedShare(
            Int32Array.from(ids, (id) => 1000 - 7 * id),
            size,
          ),
        ).toBe(repeatedShare(ids, size));
      }),
    );
  });
});
