import type { RewardFunction, RewardRequest } from '@rlloom/spec';
import { testRewardFunction } from '@rlloom/spec/testing';
import { describe, expect, it } from 'vitest';
import { mathRule } from '../math/math-rule.ts';
import { request, task } from '../testing/requests.ts';
import { geo3kConfig } from './geo3k.config.ts';
import { geo3kDefaults, geo3kReward } from './geo3k.ts';
import { verlGsm8kConfig } from './gsm8k.config.ts';
import { verlGsm8kDefaults, verlGsm8kReward } from './gsm8k.ts';
import { verlMathDapoConfig } from './math-dapo.config.ts';
import { verlMathDapoDefaults, verlMathDapoReward } from './math-dapo.ts';
import { normalizeMinerva } from './normalize-minerva.ts';
import { searchQaConfig } from './search-qa.config.ts';
import { searchQaDefaults, searchQaReward } from './search-qa.ts';

const noGold: RewardRequest = { ...request('#### 1'), task: task('x') };
const qa = (text: string, target: unknown = ['Paris', 'Lutetia']): RewardRequest => ({
  ...request(text),
  task: { ...task('qa'), extra: { target } },
});

testRewardFunction('verl_gsm8k', () => verlGsm8kReward(), {
  correct: [request('so\n#### 1,000', '1000')],
  incorrect: [request('#### 18.0', '18'), request('it is 18', '18'), request('', '18')],
  unverifiable: [noGold],
});
testRewardFunction('verl_math_dapo', () => verlMathDapoReward(), {
  correct: [request('Answer: $\\frac12$', '\\frac{1}{2}'), request('answer: x = 5 dollars', '5')],
  incorrect: [request('Answer: 0.5', '\\frac{1}{2}'), request('5', '5'), request('', '5')],
  unverifiable: [noGold],
});
testRewardFunction('verl_math_dapo of boxes', () => verlMathDapoReward({ strictBoxVerify: true }), {
  correct: [request('\\boxed{5}', '5')],
  incorrect: [
    request('\\boxed{5} \\boxed{6', '5'),
    request('\\boxed{5 }', '5'),
    request(`\\boxed{5}${' '.repeat(100)}`, '5'),
  ],
});
testRewardFunction('search_qa', () => searchQaReward(), {
  correct: [qa('<answer>the paris!</answer>'), qa('<answer>x</answer><answer>Lutetia</answer>')],
  incorrect: [qa('Paris'), qa('<answer>Paris, France</answer>')],
  unverifiable: [{ ...request('x'), task: task('qa') }],
});
testRewardFunction('geo3k', () => geo3kReward({}, mathRule()), {
  correct: [request('<think>48 / 2</think> \\boxed{24}')],
  incorrect: [request('<think>48 / 2</think> \\boxed{25}'), request('24')],
  unverifiable: [{ ...request('\\boxed{1}'), task: task('x') }],
});

const context = { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY };
const score = async (reward: RewardFunction, one: RewardRequest) => (await reward(one, context)).score;

// Every number here is what verl's function returns for the same texts.
describe("verl's scorers", () => {
  it('gsm8k: formats pay, flexible takes the last number, only the end is read', async () => {
    const strict = verlGsm8kReward({ formatScore: 0.1, score: 2 });
    expect(await score(strict, request('#### 18', '18'))).toBe(2);
    expect(await score(strict, request('#### 19', '18'))).toBe(0.1);
    expect(await score(strict, request('18', '18'))).toBe(0);
    const flexible = verlGsm8kReward({ method: 'flexible' });
    expect(await score(flexible, request('17 or 18 .', '18'))).toBe(1);
    expect(await score(flexible, request('.', '.'))).toBe(1);
    expect(await score(flexible, request('1,000', '1000'))).toBe(0);
    expect(await score(strict, request(`#### 18${'x'.repeat(300)}`, '18'))).toBe(0);
    expect(await score(strict, request(`#### 18${'🙂'.repeat(290)}`, '18'))).toBe(2);
  });

  it('math_dapo: 1 or −1', async () => {
    expect(await score(verlMathDapoReward(), request('Answer: 5', '5'))).toBe(1);
    expect(await score(verlMathDapoReward(), request('Answer: 6', '5'))).toBe(-1);
    expect(await score(verlMathDapoReward(), request('Answer: 5\nAnswer: 6', '6'))).toBe(1);
  });

  it.each([
    ['x = 1,000', '1000'],
    ['$5$ dollars', '5'],
    ['\\text{about} \\frac12', 'about\\frac{1}{2}'],
    ['\\sqrt2', '\\sqrt{2}'],
    ['90^\\circ', '90'],
    ['\\mbox{red}', 'red'],
    ['(1, 2)', '(1,2)'],
    ['a cat', 'cat'],
  ])('normalises %j to %j', (answer, expected) => {
    expect(normalizeMinerva(answer)).toBe(expected);
  });

  it('search_r1: subem finds the answer inside, floods of tags cost three quarters with em', async () => {
    const subem = searchQaReward({ match: 'subem', formatScore: 0.2 });
    expect(await score(subem, qa('<answer>Paris, France</answer>'))).toBe(1);
    expect(await score(subem, qa('<answer>London</answer>'))).toBe(0.2);
    expect(await score(searchQaReward(), qa('<answer>Paris</answer>'.repeat(11)))).toBe(0.25);
    expect(await score(subem, qa('<answer>Paris</answer>'.repeat(11)))).toBe(1);
  });

  it('geo3k: nine tenths answer, one tenth format', async () => {
    const reward = geo3kReward({}, mathRule());
    expect(await score(reward, request('\\boxed{24}'))).toBeCloseTo(0.9, 12);
    expect(await score(reward, request('<think></think>\\boxed{25}'))).toBeCloseTo(0.1, 12);
  });

  it('have the defaults of their schemas', () => {
    expect(geo3kConfig.parse({})).toEqual(geo3kDefaults);
    expect(verlGsm8kConfig.parse({})).toEqual(verlGsm8kDefaults);
    expect(verlMathDapoConfig.parse({})).toEqual(verlMathDapoDefaults);
    expect(searchQaConfig.parse({})).toEqual(searchQaDefaults);
  });
});
