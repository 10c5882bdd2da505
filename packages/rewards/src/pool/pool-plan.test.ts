import { describe, expect, it } from 'vitest';
import { rewardsConfig } from '../rewards.config.ts';
import { poolPlan } from './pool-plan.ts';

const judges = { judges: [{ kind: 'model', use: 'policy' }] };
const answer = { type: 'math_rule' };
const tests = { type: 'code_sandbox' };
const judged = { type: 'model_eval', options: judges };
const compared = { type: 'pairwise_judge', options: judges };
const own = { type: 'module', module: 'own.mjs' };

/** Deadlines of a domain's units, in order: parts in threads, those on the main thread, those that see groups. */
function deadlines(rewards: object, { domain = {}, all = {} }: { domain?: object; all?: object } = {}): number[] {
  const config = rewardsConfig.parse({ ...all, domains: { d: { tags: ['*'], rewards, ...domain } } });
  const { domains, lanes } = poolPlan(config, '.', 1);
  return (domains[0]?.units ?? []).map(({ lane, unit }) => lanes[lane]?.units[unit]?.timeoutMs ?? Number.NaN);
}

describe('the deadline of a sample', () => {
  it.each<[string, object, number[]]>([
    ['what computes', { answer }, [5000]],
    ['an own module', { own }, [5000]],
    ['tests of programs', { tests }, [60_000]],
    ['the longest of several', { answer, tests, own }, [60_000]],
    ['judges, apart from what is in the threads', { answer, judged }, [5000, 300_000]],
    ['judges of one response and of groups', { judged, compared }, [300_000, 300_000]],
  ])('is that of its type: %s', (_, rewards, expected) => {
    expect(deadlines(rewards)).toEqual(expected);
  });

  it('is what the rewards say, or the domain before them', () => {
    expect(deadlines({ answer, judged }, { all: { timeoutMs: 700 } })).toEqual([700, 700]);
    expect(deadlines({ answer, judged }, { all: { timeoutMs: 700 }, domain: { timeoutMs: 90 } })).toEqual([90, 90]);
    expect(deadlines({ tests }, { domain: { timeoutMs: 90 } })).toEqual([90]);
  });

  it('is written where the option is described', () => {
    expect(rewardsConfig.shape.timeoutMs.description).toContain(
      'code_sandbox 60000, model_eval 300000, pairwise_judge 300000, else 5000',
    );
  });
});
