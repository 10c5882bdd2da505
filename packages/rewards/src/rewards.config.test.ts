import { describe, expect, it } from 'vitest';
import { mathRuleDefaults } from './math/math-rule-defaults.ts';
import { domainWeight, rewardsConfig } from './rewards.config.ts';

const domain = (change: object = {}) => ({ tags: ['math'], rewards: { answer: { type: 'math_rule' } }, ...change });

describe('rewardsConfig', () => {
  it('declares every default', () => {
    expect(rewardsConfig.parse({ domains: { math: domain() } })).toEqual({
      workers: null,
      timeoutMs: null,
      memoryLimitMb: 256,
      domains: {
        math: {
          tags: ['math'],
          rewards: { answer: { type: 'math_rule', weight: null, verifies: null, options: mathRuleDefaults } },
          workers: null,
          concurrency: null,
          timeoutMs: null,
          memoryLimitMb: null,
          filter: null,
          normalize: 'none',
        },
      },
      rewardWeights: {},
      rewardClip: null,
      onPartFailure: 'fail-sample',
      cacheMb: null,
      audit: null,
    });
  });

  const twoWeights = {
    domains: { math: domain({ rewards: { answer: { type: 'math_rule', weight: 2 } } }) },
    rewardWeights: { answer: 1 },
  };
  it.each<[string, unknown, unknown[]]>([
    ['a tag in two domains', { domains: { a: domain(), b: domain() } }, ['domains', 'b', 'tags', 0]],
    ['a tag twice', { domains: { a: domain({ tags: ['x', 'x'] }) } }, ['domains', 'a', 'tags', 1]],
    ['a weight of no part', { domains: { a: domain() }, rewardWeights: { anwser: 1 } }, ['rewardWeights', 'anwser']],
    [
      'a weight of a part and a domain',
      { domains: { a: domain(), answer: domain({ tags: ['y'] }) }, rewardWeights: { answer: 1 } },
      ['rewardWeights', 'answer'],
    ],
    ['two weights of a part', twoWeights, ['domains', 'math', 'rewards', 'answer', 'weight']],
    ['a domain without rewards', { domains: { a: domain({ rewards: {} }) } }, ['domains', 'a', 'rewards']],
    [
      'an unknown type',
      { domains: { a: domain({ rewards: { x: { type: 'judge' } } }) } },
      ['domains', 'a', 'rewards', 'x', 'type'],
    ],
    [
      'an unknown option',
      { domains: { a: domain({ rewards: { x: { type: 'math_rule', options: { y: 1 } } } }) } },
      ['domains', 'a', 'rewards', 'x', 'options'],
    ],
    ['an empty clip', { rewardClip: { min: 1, max: 0 } }, ['rewardClip']],
  ])('refuses %s', (_, config, path) => {
    expect(rewardsConfig.safeParse(config).error?.issues[0]?.path).toEqual(path);
  });

  it('takes weights of parts and of domains', () => {
    const config = rewardsConfig.parse({ domains: { a: domain() }, rewardWeights: { answer: 2, a: 0.5 } });
    expect(domainWeight(config, 'a')).toBe(0.5);
    expect(domainWeight(config, 'answer')).toBe(1);
  });

  it('lists the parts and domains there are when a weight names none', () => {
    const { error } = rewardsConfig.safeParse({ domains: { a: domain() }, rewardWeights: { anwser: 1 } });
    expect(error?.issues[0]?.message).toBe('neither a reward nor a domain; rewards: answer; domains: a');
  });
});
