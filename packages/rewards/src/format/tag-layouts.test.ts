import { readFileSync } from 'node:fs';
import { testRewardFunction } from '@rlloom/spec/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { request } from '../testing/requests.ts';
import { formatConfig, type FormatOptions } from './format.config.ts';
import { formatReward } from './format-reward.ts';
import { trlThinkFormat, verifiersXml } from './tag-layouts.ts';

const context = { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY };
const share = async (check: FormatOptions['checks'][number], text: string) =>
  (await formatReward({ checks: [check] })(request(text), context)).score;

testRewardFunction('format of tags', () => formatReward({ checks: [{ check: 'think_answer' }] }), {
  correct: [request('<think>a</think>\n<answer>b</answer>\n')],
  incorrect: [request('<answer>b</answer>'), request('')],
});

interface TrlCase {
  readonly inputs: { readonly completions: string[] };
  readonly params: { readonly reward: string };
  readonly expected: { readonly rewards: number[] };
}
const fixture = new URL('../../../../tools/fixtures/algos/trl_rewards.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(fixture, 'utf8')) as { readonly cases: readonly TrlCase[] };

describe('layouts of tags', () => {
  it('trl_think_format is what TRL gives', () => {
    const [one] = cases.filter(({ params }) => params.reward === 'think_format');
    expect(one!.inputs.completions.map(trlThinkFormat)).toEqual(one!.expected.rewards);
  });

  it('trl_think_format is its pattern, on any text of such pieces', () => {
    const pieces = fc.array(fc.constantFrom('<think>', '</think>', 'a', '\n'), { maxLength: 8 });
    fc.assert(
      fc.property(pieces, (all) => {
        const text = all.join('');
        expect(trlThinkFormat(text)).toBe(Number(/^<think>(?!.*<think>)(.*?)<\/think>.*$/s.test(text)));
      }),
    );
  });

  it.each([
    ['think_answer', '<think>a</think><answer>b</answer>', 1],
    ['think_answer', '<think></think><answer>b</answer>', 0],
    ['think_answer', '<think>a</think> so <answer>b</answer>', 0],
    ['think_answer', '<think>a</think><answer>b</answer> bye', 0],
    ['think_answer', '<think>a<think>b</think><answer>b</answer>', 0],
    ['think_answer', '<answer>b</answer><think>a</think>', 0],
    ['open_r1_format', '<think>\na\n</think>\n<answer>\nb\n</answer>', 1],
    ['open_r1_format', '<think>\na\n</think>\n<answer>\nb\n</answer>\nmore', 1],
    ['open_r1_format', '<think>a</think>\n<answer>\nb\n</answer>', 0],
    ['open_r1_format', ' <think>\na\n</think>\n<answer>\nb\n</answer>', 0],
    ['open_r1_tag_count', '<think>\na\n</think>\n<answer>\nb</answer>', 0.75],
    ['open_r1_tag_count', '<think>\na\n</think>\n\n<answer>\nb\n</answer>', 1],
    ['open_r1_tag_count', '<think>\na\n</think>\n<answer>b', 0.5],
    ['open_r1_tag_count', '', 0],
    ['geo3k', '<think>a</think> \\boxed{1}.', 1],
    ['geo3k', '\\boxed{1} <think>a</think>', 0],
    ['geo3k', '<think>a</think> \\boxed{1', 0],
    ['json', '```json\n{"a": 1}\n```', 1],
    ['json', '{a: 1}', 0],
    ['not_empty', ' \n', 0],
    ['not_empty', 'x', 1],
  ] as const)('%s: %j', async (check, text, expected) => {
    expect(await share({ check }, text)).toBe(expected);
  });

  it('tags and delimiters are named', async () => {
    const tags: FormatOptions['checks'][number] = { check: 'tags', tags: ['plan', 'code'] };
    expect(await share(tags, '<plan>a</plan><code>b</code>')).toBe(1);
    expect(await share(tags, '<plan>a</plan>')).toBe(0);
    expect(await share({ check: 'delimiter', delimiter: '</think>' }, 'a</think>b')).toBe(1);
    expect(await share({ check: 'delimiter', delimiter: '</think>' }, 'a</think>')).toBe(0);
    expect(await share({ check: 'delimiter', delimiter: '</think>' }, 'a</think>b</think>c')).toBe(0);
  });

  // Worked out by hand from the rules of verifiers' XMLParser: 0.4 fields, 0.2 spacing, 0.2 start, 0.2 end.
  it.each([
    ['<think>\na\n</think>\n<answer>\nb\n</answer>', 1],
    ['<think>a</think>', 0.6],
    ['so <think>a</think> <answer>b', 0.6],
    ['<answer>b</answer>', 0.6],
    ['<think>', 0.4],
    ['', 0.2],
  ])('verifiers_xml: %j', (text, expected) => {
    expect(verifiersXml(text, ['think', 'answer'])).toBeCloseTo(expected, 12);
  });

  it('moves the scale where asked to: ROLL has 0 and −1', async () => {
    const reward = formatReward({ checks: [{ check: 'boxed' }, { check: 'ended' }], passScore: 0, failScore: -1 });
    expect((await reward(request('\\boxed{1}'), context)).score).toBe(0);
    expect((await reward(request('1'), context)).score).toBe(-0.5);
    expect(formatConfig.safeParse({ checks: [{ check: 'boxed' }], passScore: 0 }).success).toBe(false);
  });
});
