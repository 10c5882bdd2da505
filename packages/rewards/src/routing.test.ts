import { describe, expect, it } from 'vitest';
import { rewardsConfig } from './rewards.config.ts';
import { checkRouting, domainOfTag } from './routing.ts';
import { task } from './testing/requests.ts';

const config = rewardsConfig.parse({
  domains: {
    rest: { tags: ['*'], rewards: { shape: { type: 'format', options: { checks: [{ check: 'boxed' }] } } } },
    math: { tags: ['math', 'algebra'], rewards: { answer: { type: 'math_rule' } } },
  },
});
const { rest: _, ...domains } = config.domains;

describe('routing', () => {
  it('prefers the domain that names a tag over the one for all', () => {
    expect(domainOfTag(config, 'algebra')?.name).toBe('math');
    expect(domainOfTag(config, 'poetry')?.name).toBe('rest');
    expect(domainOfTag({ domains }, 'poetry')).toBeUndefined();
  });

  it('accepts tasks that can be judged', () => {
    expect(() => checkRouting([task('math', '1'), task('poetry')], config)).not.toThrow();
    expect(() => checkRouting([], { domains })).not.toThrow();
  });

  it('names the tags without a domain, and a task of each', () => {
    const lost = { ...task('poetry'), source: { file: 'a.jsonl', line: 7 } };
    expect(() => checkRouting([task('math', '1'), lost, task('poetry'), task('prose')], { domains })).toThrow(
      /"poetry" \(2 tasks, e\.g\. "poetry-1" in a\.jsonl:7\), "prose" \(1 tasks/,
    );
  });

  it('names tasks of math_rule without a reference answer', () => {
    expect(() => checkRouting([task('math', '1'), task('math')], config)).toThrow(
      /1 tasks .* no ground_truth.*"math-1"/,
    );
  });
});
