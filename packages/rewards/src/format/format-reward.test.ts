import type { RewardRequest } from '@rlloom/spec';
import { testRewardFunction } from '@rlloom/spec/testing';
import { describe, expect, it } from 'vitest';
import { request } from '../testing/requests.ts';
import { formatConfig, type FormatOptions } from './format.config.ts';
import { formatReward } from './format-reward.ts';

testRewardFunction('format', () => formatReward({ checks: [{ check: 'think_tags' }, { check: 'boxed' }] }), {
  correct: [request('<think>48 / 2</think> \\boxed{24}')],
  incorrect: [request('\\boxed{24}'), request('')],
});

const context = { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY };
const score = async (options: FormatOptions, one: RewardRequest) => formatReward(options)(one, context);
const passes = async (check: 'think_tags' | 'boxed' | 'hash_answer', text: string) =>
  (await score({ checks: [{ check }] }, request(text))).score;

describe('formatReward', () => {
  it.each([
    ['<think>a</think>b', 1],
    ['  <think>\na\n</think>\nb', 1],
    ['<think>a</think>', 0],
    ['<think>a</think>  ', 0],
    ['a<think>b</think>c', 0],
    ['<think>a<think>b</think>c', 0],
    ['<think>a</think>b</think>c', 0],
    ['<think>a', 0],
  ])('think_tags: %j', async (text, expected) => {
    expect(await passes('think_tags', text)).toBe(expected);
  });

  it.each([
    ['\\boxed{24}', 1],
    ['\\boxed{\\frac{1}{2}}', 1],
    ['\\boxed{}', 0],
    ['\\boxed{24', 0],
    ['24', 0],
  ])('boxed: %j', async (text, expected) => {
    expect(await passes('boxed', text)).toBe(expected);
  });

  it.each([
    ['so\n#### 24', 1],
    ['####24', 1],
    ['#### 1\n#### 2', 0],
    ['####', 0],
    ['####\n24', 0],
    ['##### 24', 0],
  ])('hash_answer: %j', async (text, expected) => {
    expect(await passes('hash_answer', text)).toBe(expected);
  });

  it('knows whether the model ended by itself', async () => {
    const ended = async (stopReason: RewardRequest['stopReason']) =>
      (await score({ checks: [{ check: 'ended' }] }, { ...request('x'), stopReason })).score;
    expect([await ended('eos'), await ended('stop'), await ended('length'), await ended('abort')]).toEqual([
      1, 1, 0, 0,
    ]);
  });

  it('weighs its checks, and scores all or nothing where asked to', async () => {
    const checks: FormatOptions['checks'] = [
      { check: 'boxed', weight: 3 },
      { check: 'pattern', name: 'greets', pattern: '^hello', flags: 'i' },
    ];
    const partial = await score({ checks }, request('\\boxed{1}'));
    expect(partial).toEqual({
      verdict: 'incorrect',
      score: 0.75,
      parts: { boxed: 1, greets: 0 },
      reasons: ['boxed: yes', 'greets: no'],
    });
    expect((await score({ checks, partial: false }, request('\\boxed{1}'))).score).toBe(0);
    expect((await score({ checks }, request('Hello \\boxed{1}'))).verdict).toBe('correct');
  });

  it.each([
    [{ checks: [] }, ['checks']],
    [{ checks: [{ check: 'pattern', name: 'a', pattern: '(' }] }, ['checks', 0, 'pattern']],
    [{ checks: [{ check: 'boxed' }, { check: 'boxed' }] }, ['checks', 1]],
    [{ checks: [{ check: 'pattern', name: 'a', pattern: 'x', flags: 'g' }] }, ['checks', 0, 'flags']],
  ])('refuses the options %j', (options, path) => {
    expect(formatConfig.safeParse(options).error?.issues[0]?.path).toEqual(path);
  });
});
