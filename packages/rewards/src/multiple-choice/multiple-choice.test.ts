import type { RewardRequest } from '@rlloom/spec';
import { testRewardFunction } from '@rlloom/spec/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { request, task } from '../testing/requests.ts';
import { multipleChoiceConfig } from './multiple-choice.config.ts';
import { multipleChoiceDefaults, multipleChoiceReward } from './multiple-choice.ts';

const cities = ['Paris', 'London', 'A small town', 'Rome'];

function asks(responseText: string, finalAnswer = 'B', extra: Record<string, unknown> = {}): RewardRequest {
  return { ...request(responseText, finalAnswer), task: { ...task('quiz', finalAnswer), extra } };
}

testRewardFunction('multiple_choice', () => multipleChoiceReward(), {
  correct: [asks('The answer is (B).'), asks('London', 'B', { choices: cities }), asks('\\boxed{A, C}', 'AC')],
  incorrect: [asks('The answer is (C).'), asks(''), asks('\\boxed{A}', 'AC'), asks('I do not know.')],
  unverifiable: [asks('B', ''), asks('B', 'Madrid', { choices: cities }), { ...request('x'), task: task('quiz') }],
});

const context = { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY };
const judge = async (one: RewardRequest, options: Parameters<typeof multipleChoiceReward>[0] = {}) =>
  multipleChoiceReward(options)(one, context);
const chosen = async (text: string, extra: Record<string, unknown> = {}) => {
  const [reason = ''] = (await judge(asks(text, 'B', extra))).reasons;
  return /^chose ([^ ]+), the/.exec(reason)?.[1];
};

describe('multipleChoiceReward', () => {
  it.each([
    'B',
    'b',
    '(B)',
    'B.',
    '**B**',
    'B) London',
    'The answer is B',
    'the correct answer is: (b).',
    'Answer: B',
    'Final Answer：B',
    'The correct option is **B**, because A is wrong.',
    'I choose B.',
    'So it would be \\boxed{B}',
    '\\boxed{\\text{B}}',
    '\\boxed{(B) London}',
    '$\\boxed{\\textbf{(B)}\\ 12}$',
    '<answer>B</answer>',
    '<answer> B. London </answer>',
    'Option A is wrong. The answer is option B.',
    'A is far, C is small.\n\nB',
    '答案是B',
    '答案：(B)',
    '所以选B。',
    'It cannot be (A), so it is (B)',
  ])('reads %j as B', async (text) => {
    expect(await chosen(text)).toBe('B');
  });

  it.each([
    'I think so',
    'The answer is a dog.',
    'The answer is Berlin.',
    "The answer is I'm not sure",
    '',
    'b and c are letters of the alphabet',
    '\\boxed{12}',
  ])('reads no choice in %j', async (text) => {
    expect(await chosen(text)).toBeUndefined();
  });

  it('knows only letters that are choices', async () => {
    expect(await chosen('The answer is (E).', { choices: cities })).toBeUndefined();
    expect(await chosen('The answer is (D).', { choices: cities })).toBe('D');
  });

  it('reads the text of a choice, unless two have it', async () => {
    expect(await chosen('The answer is the Rome!', { choices: cities })).toBe('D');
    expect(await chosen('<answer>a small town</answer>', { options: { A: 'x', B: 'y', C: 'A small town' } })).toBe('C');
    expect(await chosen('Rome', { choices: ['Rome', 'rome'] })).toBeUndefined();
    expect(await chosen('Rome', { choices: { label: ['a', 'b'], text: ['x', 'Rome'] } })).toBe('B');
    expect((await judge(asks('Rome', 'D', { choices: cities }), { matchText: false })).verdict).toBe('incorrect');
  });

  it('reads references in the same spellings', async () => {
    for (const reference of ['B', '(B)', 'B. London', 'London', 'b']) {
      expect([reference, (await judge(asks('B', reference, { choices: cities }))).verdict]).toEqual([
        reference,
        'correct',
      ]);
    }
  });

  it('wants all of several', async () => {
    for (const [text, verdict] of [
      ['The answer is A and C.', 'correct'],
      ['The answer is CA', 'correct'],
      ['<answer>(A), (C)</answer>', 'correct'],
      ['The answer is A.', 'incorrect'],
      ['The answer is A, B, C.', 'incorrect'],
    ] as const) {
      expect([text, (await judge(asks(text, 'A, C'))).verdict]).toEqual([text, verdict]);
    }
  });

  it('tells abstaining from choosing nothing', async () => {
    const abstained = await judge(asks("I can't tell from the text."), { abstainScore: -0.25 });
    expect(abstained).toMatchObject({ verdict: 'incorrect', score: -0.25, reasons: ['abstained'] });
    expect((await judge(asks('Hm.'))).reasons).toEqual(['no choice was found']);
  });

  it('looks after the reasoning where asked to', async () => {
    const options = { reasoningDelimiter: '</think>' };
    expect((await judge(asks('<think>The answer is A</think> B', 'B'), options)).verdict).toBe('correct');
    expect((await judge(asks('The answer is B', 'B'), options)).reasons).toEqual(['no choice: "</think>" is missing']);
  });

  it('scores 0 or 1 whatever is written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 60 }), async (text) => {
        expect([0, 1]).toContain((await judge(asks(text, 'B', { choices: cities }))).score);
      }),
    );
  });

  it('has the defaults of its schema', () => {
    expect(multipleChoiceConfig.parse({})).toEqual(multipleChoiceDefaults);
  });
});
