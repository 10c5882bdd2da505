import type { RewardRequest } from '@rlloom/spec';
import { testRewardFunction } from '@rlloom/spec/testing';
import { describe, expect, it } from 'vitest';
import { request, task } from '../testing/requests.ts';
import { pointInBoxConfig } from './point-in-box.config.ts';
import { pointInBoxDefaults, pointInBoxReward } from './point-in-box.ts';
import { readPoint } from './read-point.ts';

function asks(responseText: string, extra: Record<string, unknown> = { bbox: [10, 10, 20, 20] }): RewardRequest {
  return { ...request(responseText), task: { ...task('gui'), extra } };
}

testRewardFunction('point_in_box', () => pointInBoxReward(), {
  correct: [asks('(15, 12)'), asks('click(start_box="(10,20)")'), asks('[11, 11, 13, 13]')],
  incorrect: [asks('(15, 21)'), asks('')],
  unverifiable: [asks('(1, 2)', {})],
});

describe('readPoint', () => {
  it.each([
    ['{"x": 1.5, "y": 2}', 1.5, 2],
    ['(9, 9) then [1, 2]', 1, 2],
    ['x=1, y=2', 1, 2],
    ['<point>1 2</point>', 1, 2],
    ['pyautogui.click(x=1, y=-2)', 1, -2],
    ['<think>(3, 4)</think><answer>(1, 2)</answer>', 1, 2],
    ['[0, 0, 2, 4]', 1, 2],
  ])('%j', (text, x, y) => {
    expect(readPoint(text)).toEqual({ x, y });
  });

  it.each(['1, 2', '(1)', 'x=1', ''])('nothing in %j', (text) => {
    expect(readPoint(text)).toBeUndefined();
  });
});

describe('pointInBoxReward', () => {
  it('brings coordinates together by the size of the image', async () => {
    const context = { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY };
    const reward = pointInBoxReward({ coordinates: 'thousand' });
    const extra = { bbox: [100, 100, 200, 110], width: 200, height: 1000 };
    expect((await reward(asks('(750, 105)', extra), context)).verdict).toBe('correct');
    expect((await reward(asks('(150, 105)', extra), context)).verdict).toBe('incorrect');
    expect((await reward(asks('(750, 105)'), context)).verdict).toBe('unverifiable');
    expect(pointInBoxConfig.parse({})).toEqual(pointInBoxDefaults);
  });
});
