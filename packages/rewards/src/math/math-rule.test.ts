import type { RewardContext, RewardRequest } from '@rlloom/spec';
import { testRewardFunction } from '@rlloom/spec/testing';
import { describe, expect, it } from 'vitest';
import { request } from '../testing/requests.ts';
import { mathRule } from './math-rule.ts';
import type { MathRuleConfig } from './math-rule-defaults.ts';

testRewardFunction('math_rule', () => mathRule(), {
  correct: [request('so \\boxed{24}'), request('#### 24'), request('The answer is 24.0 clips.'), request('48/2')],
  incorrect: [request('\\boxed{25}'), request(''), request('no idea'), request('\\boxed{24, 25}')],
  unverifiable: [request('\\boxed{24}', ''), request('\\boxed{24}', 'x +'), request('\\boxed{24}', '1/0')],
});
testRewardFunction('math_rule with steps', () => mathRule({ stepWeight: 0.5 }), {
  correct: [request('48/2 = 24, so \\boxed{24}', '24', ['48/2=24'])],
  incorrect: [request('48/2 = 25, so \\boxed{25}', '24', ['48/2=24'])],
});

const context: RewardContext = { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY };
const score = async (one: RewardRequest, options?: Partial<MathRuleConfig>) => mathRule(options)(one, context);

describe('mathRule', () => {
  it('reports answer, equations and reference steps', async () => {
    const response = '48/2 = 24, 24 + 1 = 26, so \\boxed{24}';
    const result = await score(request(response, '24', ['48/2=24', '1+1=2']), { stepWeight: 0.2 });
    expect(result.parts).toEqual({ answer: 1, equations: 0.5, reference_steps: 0.5 });
    expect(result.score).toBeCloseTo(0.9, 12);
    expect(result.reasons).toContain('1 of 2 equations are true; false: 24+1=26');
    const reportOnly = await score(request(response), { stepWeight: 0 });
    expect([reportOnly.score, reportOnly.parts]).toEqual([1, { answer: 1, equations: 0.5 }]);
  });

  it('says what is missing', async () => {
    const reasons = async (text: string) => (await score(request(text))).reasons;
    expect(await reasons('')).toEqual(['no answer: the response is empty', 'error pattern: no_final_answer']);
    expect(await reasons('\\boxed{x')).toEqual(['no answer: \\boxed{ is not closed', 'error pattern: unclosed_box']);
    expect((await score({ ...request('\\boxed{25}'), stopReason: 'length' })).reasons).toContain(
      'the response was cut at the token limit',
    );
    const { groundTruth: _, ...task } = request('').task;
    expect(await score({ ...request('\\boxed{24}'), task })).toMatchObject({ verdict: 'unverifiable', score: null });
  });

  it.each<[string, string, string[]]>([
    ['-4', '4', ['sign_flipped']],
    ['2', '4', ['factor_2', 'forgotten_square']],
    ['9', '4', []],
    ['\\frac{1}{4}', '4', ['reciprocal']],
    ['x - y', 'y - x', ['sign_flipped']],
    ['3.14', '\\pi', ['rounding_only']],
    ['[0, 1)', '[0, 1]', ['interval_end']],
  ])('names how %s misses %s', async (answer, gold, patterns) => {
    const { reasons } = await score(request(`So \\boxed{${answer}}`, gold));
    expect(reasons.slice(1)).toEqual(patterns.map((name) => `error pattern: ${name}`));
  });

  it('names a right number that is not the answer', async () => {
    expect((await score(request('48/2 = 24. So \\boxed{23}'))).reasons.slice(1)).toEqual([
      'error pattern: off_by_one',
      'error pattern: right_number_not_final',
    ]);
  });

  it.each(['1 of ', '(', '-', '\\sqrt{', '2^', '|'])('ends for nothing but %s', async (part) => {
    const { verdict } = await score(request(`$${part.repeat(8000)}1$`));
    expect(verdict).not.toBe('correct');
  });

  it('throws where the oracle is needed and not there, and only there', async () => {
    const options = { oracle: 'python', oraclePython: '/nowhere/python' } as const;
    expect((await score(request('\\boxed{25}'), options)).verdict).toBe('incorrect');
    await expect(score(request('\\boxed{24}', '1/0'), options)).rejects.toThrow('pip install math-verify');
    expect((await score(request('\\boxed{24}', ''), options)).verdict).toBe('unverifiable');
  });
});
