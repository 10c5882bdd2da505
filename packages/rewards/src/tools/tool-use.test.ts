import type { Message, RewardRequest } from '@rlloom/spec';
import { testRewardFunction } from '@rlloom/spec/testing';
import { describe, expect, it } from 'vitest';
import { request, task } from '../testing/requests.ts';
import { toolUseConfig } from './tool-use.config.ts';
import { toolUseDefaults, toolUseReward } from './tool-use.ts';

const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const tools = [{ type: 'function', function: { name: 'weather', parameters } }];

const call = (id: string, given: string, name = 'weather'): Message => ({
  role: 'assistant',
  content: '',
  toolCalls: [{ id, type: 'function', function: { name, arguments: given } }],
});
const answer = (toolCallId: string, content: string): Message => ({ role: 'tool', content, toolCallId });
const says = (content: string): Message => ({ role: 'assistant', content });

function episode(conversation: readonly Message[], schemas: unknown = tools): RewardRequest {
  return { ...request(''), task: { ...task('tools'), extra: { tools: schemas } }, conversation };
}
const good = [call('1', '{"city": "Paris"}'), answer('1', 'sunny'), says('It is sunny.')];
const text = (responseText: string): RewardRequest => ({
  ...request(responseText),
  task: { ...task('tools'), extra: { tools } },
});

testRewardFunction('tool_use', () => toolUseReward(), {
  correct: [
    episode(good),
    text(
      'Let me see. <tool_call>{"name": "weather", "arguments": {"city": "Paris"}}</tool_call>\n<tool_response>sunny</tool_response> Sunny.',
    ),
  ],
  incorrect: [
    episode(good.slice(0, 2)),
    episode([says('I think it rains.')]),
    episode([call('1', '{"town": "Paris"}'), answer('1', 'sunny'), says('Sunny.')]),
    episode([]),
    text(''),
    text('<tool_call>{"name": "weather"'),
  ],
  unverifiable: [episode(good, [{ name: 'weather', parameters: { type: 'nonsense' } }])],
});

const context = { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY };
const judge = async (one: RewardRequest, options = {}) => toolUseReward(options)(one, context);

describe('toolUseReward', () => {
  it.each([
    ['{"city": 3}', 'weather', 'the arguments of weather do not fit: /city must be string'],
    ['{"city"', 'weather', 'the arguments of weather are no JSON'],
    ['["Paris"]', 'weather', 'the arguments of weather are no object'],
    ['{"city": "Paris"}', 'time', 'there is no tool time'],
  ])('%s to %s: %s', async (given, name, reason) => {
    const result = await judge(episode([call('1', given, name), answer('1', 'x'), says('Done.')]));
    expect(result.parts).toEqual({ valid: 0, succeeded: 0, answered: 1 });
    expect(result.reasons[1]).toBe(reason);
    expect(result.score).toBeCloseTo(1 / 3, 12);
  });

  it('scores each turn of the policy, and the whole by its weights', async () => {
    const conversation = [
      call('a', '{"city": "Rome"}'),
      answer('a', 'Error: no such city'),
      says('Hm, once more.'),
      call('b', '{"city": "Paris"}'),
      answer('b', '{"error": null, "sky": "blue"}'),
      says('Blue.'),
    ];
    const result = await judge(episode(conversation), { validWeight: 0, successWeight: 3, answerWeight: 1 });
    expect(result.stepScores).toEqual([0, null, 1, null]);
    expect(result.parts).toEqual({ valid: 1, succeeded: 0.5, answered: 1 });
    expect(result.score).toBeCloseTo((3 * 0.5 + 1) / 4, 12);
    expect(result.verdict).toBe('incorrect');
  });

  it('finds answers by their ids, and counts those that never came', async () => {
    const two: Message = {
      role: 'assistant',
      content: '',
      toolCalls: ['a', 'b'].map((id) => ({
        id,
        type: 'function',
        function: { name: 'weather', arguments: '{"city": "x"}' },
      })),
    };
    const swapped = await judge(episode([two, answer('b', 'TypeError: x'), answer('a', 'fine'), says('ok')]));
    expect(swapped.stepScores).toEqual([0.5, null]);
    const missing = await judge(episode([two, answer('a', 'fine'), says('ok')]));
    expect(missing.reasons).toContain('weather did not answer');
  });

  it('knows errors: by words, by JSON, not by mention', async () => {
    for (const [result, succeeded] of [
      ['Traceback (most recent call last)', 0],
      ['{"error": "full"}', 0],
      ['{"isError": true}', 0],
      ['{"error": ""}', 1],
      ['There was no error.', 1],
    ] as const) {
      const one = episode([call('1', '{"city": "Paris"}'), answer('1', result), says('ok')]);
      expect([result, (await judge(one)).parts['succeeded']]).toEqual([result, succeeded]);
    }
  });

  it('takes an episode without calls where it is told to, and calls of any tool where none are listed', async () => {
    expect((await judge(episode([says('Hello.')]), { callRequired: false })).verdict).toBe('correct');
    expect((await judge(episode([says('')]), { callRequired: false })).verdict).toBe('incorrect');
    expect((await judge(episode([call('1', '', 'any'), answer('1', ''), says('ok')], undefined))).verdict).toBe(
      'incorrect',
    );
    const { task: bare, ...rest } = episode([call('1', '', 'any'), answer('1', ''), says('ok')]);
    expect((await judge({ ...rest, task: { ...bare, extra: {} } })).verdict).toBe('correct');
  });

  it('reads a text of many turns', async () => {
    const paris = '<tool_call>{"name": "weather", "arguments": "{\\"city\\": \\"Paris\\"}"}</tool_call>';
    const result = await judge(
      text(`${paris}<tool_response>Error</tool_response>${paris}${paris}<tool_response>ok</tool_response>So.`),
    );
    expect(result.stepScores).toEqual([0, 1, null]);
  });

  it('has the defaults of its schema', () => {
    expect(toolUseConfig.parse({})).toEqual(toolUseDefaults);
    expect(toolUseConfig.safeParse({ errorPattern: '(' }).success).toBe(false);
    expect(toolUseConfig.safeParse({ validWeight: 0, successWeight: 0, answerWeight: 0 }).success).toBe(false);
  });
});
