import type { RewardRequest } from '@rlloom/spec';
import { testRewardFunction } from '@rlloom/spec/testing';
import { describe, expect, it } from 'vitest';
import { request, task } from '../testing/requests.ts';
import { guiActionConfig } from './gui-action.config.ts';
import { guiActionDefaults, guiActionReward } from './gui-action.ts';

const click = { action: 'click', bbox: [10, 10, 20, 20] };
function asks(answer: string, action: unknown = click): RewardRequest {
  const text = `<think>so</think><answer>${answer}</answer>`;
  return { ...request(text), task: { ...task('gui'), extra: { action } } };
}

testRewardFunction('gui_action', () => guiActionReward(), {
  correct: [
    asks('{"action": "click", "coordinate": [15, 15]}'),
    asks("click(start_box='(12,18)')"),
    asks('{"name": "tap", "arguments": {"action": "Click", "point": {"x": 10, "y": 20}}}'),
    asks('{"action": "type", "text": "The Hello!"}', { action_type: 'type', text: 'hello' }),
    asks('press_back()', { type: 'press_back' }),
  ],
  incorrect: [
    asks('{"action": "click", "coordinate": [25, 15]}'),
    asks('{"action": "long_press", "coordinate": [15, 15]}'),
    asks('{"action": "click"}'),
    asks('{"action": "type", "text": "bye"}', { action_type: 'type', text: 'hello' }),
    { ...asks(''), responseText: '' },
  ],
  unverifiable: [asks('{"action": "click"}', null)],
});

const context = { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY };
const judge = async (one: RewardRequest, options: Parameters<typeof guiActionReward>[0] = {}) =>
  guiActionReward(options)(one, context);

describe('guiActionReward', () => {
  it('adds the format to the action', async () => {
    const right = { ...asks(''), responseText: '{"action": "click", "coordinate": [15, 15]}' };
    expect(await judge(right)).toMatchObject({
      verdict: 'correct',
      score: 0.9,
      parts: { format: 0, type: 1, place: 1 },
    });
    expect((await judge(asks('{"action": "wait"}'))).score).toBeCloseTo(0.1, 12);
    expect((await judge(asks('{"action": "wait"}'), { formatWeight: 0.5 })).score).toBe(0.5);
  });

  it('takes a point with a tolerance, and brings coordinates together', async () => {
    const point = { action: 'click', coordinate: [100, 100] };
    const near = asks('{"action": "click", "coordinate": [103, 104]}', point);
    expect((await judge(near, { tolerance: 5 })).verdict).toBe('correct');
    expect((await judge(near, { tolerance: 4.9 })).verdict).toBe('incorrect');
    const extra = { action: click, image_size: [100, 50] };
    const scaled = { ...asks('click(150, 300)'), task: { ...task('gui'), extra } };
    expect((await judge(scaled, { coordinates: 'thousand' })).verdict).toBe('correct');
    expect((await judge(asks('click(150, 300)'), { coordinates: 'thousand' })).verdict).toBe('unverifiable');
  });

  it('reads the reference of the answer, too', async () => {
    const one = request('{"action": "swipe", "direction": "UP"}', '{"action": "swipe", "direction": "up"}');
    expect((await judge(one, { formatWeight: 0 })).score).toBe(1);
  });

  it('has the defaults of its schema', () => {
    expect(guiActionConfig.parse({})).toEqual(guiActionDefaults);
  });
});
