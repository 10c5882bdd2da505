import { describe, expect, it } from 'vitest';
import { checkRewards } from './check-rewards.ts';
import { rewardsConfig } from '../rewards.config.ts';
import { task } from '../testing/requests.ts';

const config = rewardsConfig.parse({
  workers: 1,
  domains: { math: { tags: ['math'], rewards: { answer: { type: 'math_rule' } } } },
});

describe('checkRewards', () => {
  it('finds nothing where reference answers are right', async () => {
    expect(await checkRewards([task('math', '24'), task('math', '\\frac{1}{2}')], config)).toEqual({
      checked: 2,
      leftOut: 0,
      problems: [],
    });
  });

  it('lists the tasks whose own answer is refused, and why', async () => {
    const tasks = [task('math', '24'), task('math', '7'), task('math', '8')];
    const goldResponse = ({ groundTruth }: { groundTruth?: { finalAnswer: string } }): string | undefined =>
      ({ '24': '\\boxed{24}', '7': '\\boxed{8}' })[groundTruth?.finalAnswer ?? ''];
    const check = await checkRewards(tasks, config, { goldResponse });
    expect([check.checked, check.leftOut]).toEqual([2, 1]);
    expect(check.problems).toMatchObject([{ task: tasks[1], response: '\\boxed{8}', parts: { answer: 0 } }]);
    expect(check.problems[0]?.reasons[0]).toMatch(/^answer: /);
  });

  it('tries only the first tasks where told to, and refuses tasks that nobody judges', async () => {
    const tasks = [task('math', '24'), task('poetry')];
    expect((await checkRewards(tasks, config, { limit: 1 })).checked).toBe(1);
    await expect(checkRewards(tasks, config)).rejects.toMatchObject({ kind: 'config' });
  });
});
