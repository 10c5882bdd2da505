import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { RewardRequest } from '@rlloom/spec';
import { testRewardFunction } from '@rlloom/spec/testing';
import { describe, expect, it } from 'vitest';
import { instructionsConfig } from './instructions.config.ts';
import { instructionsDefaults, instructionsReward, readInstructions } from './instructions-reward.ts';

function asks(responseText: string, extra?: Record<string, unknown>, finalAnswer?: string): RewardRequest {
  const task = {
    id: 'a',
    tag: 'ifeval',
    messages: [],
    ...(extra !== undefined && { extra }),
    ...(finalAnswer !== undefined && { groundTruth: { finalAnswer } }),
  };
  return { task, responseText, responseTokenCount: 1, stopReason: 'eos' };
}

const two = {
  instruction_id_list: ['punctuation:no_comma', 'startend:end_checker'],
  kwargs: [{}, { end_phrase: 'bye' }],
};

for (const mode of ['strict', 'loose'] as const) {
  testRewardFunction(`ifeval ${mode}`, () => instructionsReward({ mode }), {
    correct: [asks('hello bye', two), asks('hello bye', undefined, JSON.stringify(two))],
    incorrect: [asks('hello, bye', two), asks('', two)],
    unverifiable: [
      asks('x'),
      asks('x', { instruction_id_list: ['no:such'], kwargs: [{}] }),
      asks('x', { instruction_id_list: ['punctuation:no_comma'], kwargs: [{}, {}] }),
      asks('x', { instruction_id_list: ['punctuation:no_comma'], kwargs: 'none' }),
      asks('x', { instruction_id_list: [], kwargs: [] }),
      asks('Jibu fupi', { instruction_id_list: ['language:response_language'], kwargs: [{ language: 'sw' }] }),
    ],
  });
}

const context = { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY };

describe('instructionsReward', () => {
  it('scores the share that is followed, or all', async () => {
    const request = asks('hello, bye', two);
    expect(await instructionsReward()(request, context)).toEqual({
      verdict: 'incorrect',
      score: 0.5,
      parts: { 'punctuation:no_comma': 0, 'startend:end_checker': 1 },
      reasons: ['punctuation:no_comma: not followed', 'startend:end_checker: followed'],
    });
    expect((await instructionsReward({ scoring: 'all' })(request, context)).score).toBe(0);
  });

  it('keeps instructions of the same kind apart', async () => {
    const words = { instruction_id_list: Array<string>(2).fill('length_constraints:number_words') };
    const kwargs = [
      { relation: 'at least', num_words: 2 },
      { relation: 'less than', num_words: 2 },
    ];
    const { parts } = await instructionsReward()(asks('a b', { ...words, kwargs }), context);
    expect(parts).toEqual({ 'length_constraints:number_words': 1, 'length_constraints:number_words#2': 0 });
  });

  it('is kind in the loose mode: first line, last line and asterisks may go', async () => {
    const ends = { instruction_id_list: ['startend:quotation'], kwargs: [{}] };
    for (const text of ['Sure:\n"a"', '"a"\nHope it helps', 'Sure:\n"a"\nbye', '**"a"**', 'Sure:\n**"a"**']) {
      expect((await instructionsReward({ mode: 'loose' })(asks(text, ends), context)).verdict).toBe('correct');
      expect((await instructionsReward()(asks(text, ends), context)).verdict).toBe('incorrect');
    }
  });

  it('has the defaults of its schema', () => {
    expect(instructionsConfig.parse({})).toEqual(instructionsDefaults);
  });
});

const file = join(fileURLToPath(new URL('../../../../..', import.meta.url)), 'shared/data/ifeval_input_data.jsonl.gz');

describe.skipIf(!existsSync(file))('IFEval (skipped without ../shared/data/ifeval_input_data.jsonl.gz)', () => {
  it('has no instruction that cannot be read', () => {
    const records = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
    expect(records).toHaveLength(541);
    const ids = new Set<string>();
    for (const record of records) {
      const extra = JSON.parse(record) as Record<string, unknown>;
      for (const [id] of readInstructions(asks('', extra).task)) ids.add(id);
    }
    expect(ids.size).toBe(25);
  });
});
