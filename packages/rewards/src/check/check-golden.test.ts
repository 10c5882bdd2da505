import { isRlloomError } from '@rlloom/spec';
import { describe, expect, it } from 'vitest';
import { rewardsConfig } from '../rewards.config.ts';
import { task } from '../testing/requests.ts';
import { checkGolden, type GoldenCase } from './check-golden.ts';

const config = rewardsConfig.parse({
  workers: 1,
  domains: {
    math: { tags: ['math'], rewards: { answer: { type: 'math_rule' } } },
    shape: { tags: ['shape'], rewards: { form: { type: 'format', options: { checks: [{ check: 'boxed' }] } } } },
  },
});
const { groundTruth: _, ...withoutTruth } = task('math', '24');
const golden = (response: string, expected: GoldenCase['expected'], truth = '24'): GoldenCase => ({
  task: task('math', truth),
  response,
  expected,
});

describe('checkGolden', () => {
  it('finds nothing where all is judged as expected', async () => {
    const cases: GoldenCase[] = [
      golden('\\boxed{24}', 'correct'),
      golden('\\boxed{25}', 'incorrect'),
      golden('\\boxed{24}', 1),
      { task: withoutTruth, response: '\\boxed{24}', expected: 'unverifiable' },
      { task: task('shape', '1'), response: 'nothing', expected: 0 },
    ];
    expect(await checkGolden(cases, config)).toEqual({ checked: 5, mistakes: [] });
    expect(await checkGolden([], config)).toEqual({ checked: 0, mistakes: [] });
  });

  it('names every kind of mistake, what would be learned wrongly first', async () => {
    const cases: GoldenCase[] = [
      golden('\\boxed{25}', 'unverifiable'),
      golden('\\boxed{25}', 0.5),
      golden('\\boxed{25}', 'correct'),
      golden('\\boxed{24}', 'incorrect'),
    ];
    const { mistakes } = await checkGolden(cases, config);
    expect(mistakes.map(({ kind, golden: { expected } }) => [kind, expected])).toEqual([
      ['false-positive', 'incorrect'],
      ['false-negative', 'correct'],
      ['score', 0.5],
      ['other', 'unverifiable'],
    ]);
    expect(mistakes[0]?.result).toMatchObject({ verdict: 'correct', score: 1 });
  });

  it('refuses cases that no domain takes', async () => {
    const lost = [{ task: task('poetry', '24'), response: 'x', expected: 'correct' as const }];
    await expect(checkGolden(lost, config)).rejects.toSatisfy(
      (error) => isRlloomError(error) && error.kind === 'config',
    );
  });
});
