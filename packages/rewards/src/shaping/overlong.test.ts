import { readFileSync } from 'node:fs';
import { testRewardFunction } from '@rlloom/spec/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { request } from '../testing/requests.ts';
import { overlongConfig } from './overlong.config.ts';
import { overlongReward } from './overlong.ts';

const of = (responseTokenCount: number) => ({ ...request('x'), responseTokenCount });

testRewardFunction('overlong', () => overlongReward({ maxLength: 100, bufferLength: 20 }), {
  correct: [of(0), of(80)],
  incorrect: [of(81), of(1000)],
  fullMarks: 0,
});

const context = { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY };
const penalty = async (options: Parameters<typeof overlongReward>[0], length: number) =>
  (await overlongReward(options)(of(length), context)).score;

interface TrlCase {
  readonly id: string;
  readonly inputs: { readonly completion_ids: number[][] };
  readonly params: { readonly max_completion_len: number; readonly soft_punish_cache: number; readonly reward: string };
  readonly expected: { readonly rewards: number[] };
}
const fixture = new URL('../../../../tools/fixtures/algos/trl_rewards.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(fixture, 'utf8')) as { readonly cases: readonly TrlCase[] };

describe('overlongReward', () => {
  it.each(cases.filter(({ params }) => params.reward === 'soft_overlong_punishment'))('is TRL: $id', async (one) => {
    const { max_completion_len: maxLength, soft_punish_cache: bufferLength } = one.params;
    for (const [index, ids] of one.inputs.completion_ids.entries()) {
      expect(await penalty({ maxLength, bufferLength, beyondMax: 'flat' }, ids.length)).toBeCloseTo(
        one.expected.rewards[index]!,
        12,
      );
    }
  });

  it('goes on growing with linear, as DAPO has it', async () => {
    expect(await penalty({ maxLength: 100, bufferLength: 20, factor: 2 }, 90)).toBe(-1);
    expect(await penalty({ maxLength: 100, bufferLength: 20 }, 120)).toBe(-2);
    expect(await penalty({ maxLength: 100, bufferLength: 0 }, 120)).toBe(-1);
  });

  it('never rewards length', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(fc.nat(200), fc.nat(200)),
        fc.nat(50),
        fc.constantFrom('flat' as const, 'linear' as const),
        async ([a, b], bufferLength, beyondMax) => {
          const options = { maxLength: 100, bufferLength, beyondMax };
          const [shorter, longer] = [Math.min(a, b), Math.max(a, b)];
          expect(await penalty(options, longer)).toBeLessThanOrEqual((await penalty(options, shorter))!);
        },
      ),
    );
  });

  it('refuses a buffer longer than the limit', () => {
    expect(overlongConfig.safeParse({ maxLength: 10, bufferLength: 11 }).success).toBe(false);
    expect(overlongConfig.parse({ maxLength: 10, bufferLength: 1 })).toMatchObject({ factor: 1, beyondMax: 'linear' });
  });
});
