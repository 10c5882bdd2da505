import type { Task } from '@rlloom/spec';
import { testInteraction, testTool } from '@rlloom/spec/testing';
import { describe, expect, it } from 'vitest';
import { gsm8kRewardTool } from '../tools/gsm8k-reward-tool.ts';
import { gsm8kInteraction } from './gsm8k-interaction.ts';
import { gsm8kAnswer, gsm8kScore } from './gsm8k-score.ts';

const task: Task = { id: 'a', tag: 'math', messages: [{ role: 'user', content: 'How many?' }] };
const kwargs = { ground_truth: '1,200' };

testInteraction('gsm8k', () => ({ interaction: gsm8kInteraction(), task, kwargs, turns: ['7', '#### 1200'] }));
testTool('calc_gsm8k_reward', () => ({ tool: gsm8kRewardTool(), task, kwargs, validArguments: { answer: '1200' } }));

describe('gsm8kAnswer', () => {
  it.each([
    ['#### 1,200', '1200', '1200'],
    ['#### 5 then #### -6.5', '-6.5', '-6.5'],
    ['it is $7, or 8.', undefined, '8.'],
    ['#### none', undefined, undefined],
    ['', undefined, undefined],
    // Only the end is read.
    [`#### 5${' '.repeat(300)}`, undefined, undefined],
  ])('%j', (text, strict, flexible) => {
    expect(gsm8kAnswer(text, 'strict')).toBe(strict);
    expect(gsm8kAnswer(text, 'flexible')).toBe(flexible);
  });

  it('compares with a number or with a whole solution', () => {
    expect(gsm8kScore('#### 1200', '1,200', 'strict')).toBe(1);
    expect(gsm8kScore('#### 1200', '3 * 400 = 1200\n#### 1,200', 'strict')).toBe(1);
    expect(gsm8kScore('1200', '1200', 'strict')).toBe(0);
    expect(gsm8kScore('1200', '1200', 'flexible')).toBe(1);
  });
});

it('needs a reference', async () => {
  const start = gsm8kInteraction().start({ task, kwargs: {}, seed: 1, signal: new AbortController().signal });
  await expect(start).rejects.toThrow(/task "a": the record has no ground_truth/);
});
