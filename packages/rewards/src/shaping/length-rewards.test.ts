import type { RewardFunction, RewardRequest } from '@rlloom/spec';
import { testRewardFunction } from '@rlloom/spec/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { request, task } from '../testing/requests.ts';
import { exactMatchReward } from '../text/exact-match.ts';
import { cosineLengthConfig } from './cosine-length.config.ts';
import { cosineLengthDefaults, cosineLengthReward } from './cosine-length.ts';
import { groupLengthConfig } from './group-length.config.ts';
import { groupLengthReward } from './group-length.ts';
import { makeVerifier } from './make-verifier.ts';
import { targetLengthConfig } from './target-length.config.ts';
import { targetLengthReward } from './target-length.ts';

const verifier: RewardFunction = exactMatchReward();
const of = (text: string, responseTokenCount: number, extra: Record<string, unknown> = {}): RewardRequest => ({
  ...request(text, 'yes'),
  task: { ...task('length', 'yes'), extra },
  responseTokenCount,
});
const unknown = (responseTokenCount: number): RewardRequest => ({
  ...of('yes', responseTokenCount),
  task: task('length'),
});
const context = { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY };

testRewardFunction('cosine_length', () => cosineLengthReward({ maxLength: 100 }, verifier), {
  correct: [of('yes', 0)],
  incorrect: [of('no', 50), of('', 0)],
  unverifiable: [unknown(0)],
});
testRewardFunction('target_length', () => targetLengthReward({}, verifier), {
  correct: [of('yes', 100, { target_length: 100 }), of('yes', 100, { num_tokens: 100 })],
  incorrect: [of('no', 100, { target_length: 100 })],
  unverifiable: [of('yes', 100), { ...unknown(0), task: { ...task('length'), extra: { target_length: 5 } } }],
});

describe('cosineLengthReward', () => {
  const score = async (text: string, length: number, options = {}) =>
    (await cosineLengthReward({ maxLength: 100, ...options }, verifier)(of(text, length), context)).score!;

  it.each([
    ['yes', 0, 1],
    ['yes', 50, 0.75],
    ['yes', 100, 0.5],
    ['yes', 200, 0.5],
    ['no', 0, -1],
    ['no', 50, -0.75],
    ['no', 100, -0.5],
    ['no', 200, -0.5],
  ])('%s at %i is %d', async (text, length, expected) => {
    expect(await score(text, length)).toBeCloseTo(expected, 12);
  });

  it('goes back beyond the maximum as TRL does, or to a value of its own', async () => {
    expect(await score('yes', 200, { beyondMax: 'back' })).toBeCloseTo(1, 12);
    expect(await score('no', 150, { beyondMax: 'back' })).toBeCloseTo(-0.75, 12);
    expect(await score('yes', 100, { exceeded: -10 })).toBe(-10);
    expect(await score('yes', 99, { exceeded: -10 })).toBeGreaterThan(0.5);
  });

  it('never pays for length when right, nor for brevity when wrong', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(150), fc.nat(150), async (a, b) => {
        const [short, long] = [Math.min(a, b), Math.max(a, b)];
        expect(await score('yes', long)).toBeLessThanOrEqual(await score('yes', short));
        expect(await score('no', long)).toBeGreaterThanOrEqual(await score('no', short));
      }),
    );
  });

  it('has the defaults of its schema', () => {
    expect(cosineLengthConfig.parse({ maxLength: 7 })).toMatchObject({ ...cosineLengthDefaults, maxLength: 7 });
  });
});

describe('targetLengthReward', () => {
  it.each([
    ['exact', 'yes', 1100, 1 - 0.3],
    ['exact', 'yes', 900, 1 - 0.3],
    ['exact', 'no', 1100, -0.3],
    ['max', 'yes', 1000, 0.5],
    ['max', 'yes', 900, 0.8],
    ['max', 'yes', 100, 1],
    ['max', 'yes', 1300, 0],
    ['max', 'no', 100, 0],
  ] as const)('%s: %s of %i tokens for 1000', async (...row) => {
    const [mode, text, length, expected] = row;
    const reward = targetLengthReward({ mode, alpha: 0.003, targetLength: 1000 }, verifier);
    const result = await reward(of(text, length), context);
    expect(result.score).toBeCloseTo(expected, 12);
    expect(result.verdict).toBe(text === 'yes' ? 'correct' : 'incorrect');
  });
});

describe('groupLengthReward', () => {
  const scores = async (requests: readonly RewardRequest[]) =>
    (await groupLengthReward(verifier)(requests, context)).map(({ score }) => score);

  it('is Kimi k1.5: λ for right answers, what is negative of it for wrong ones', async () => {
    expect(await scores([of('yes', 100), of('yes', 200), of('yes', 300), of('no', 100), of('no', 300)])).toEqual([
      0.5, 0, -0.5, 0, -0.5,
    ]);
  });

  it('counts nobody it cannot judge, and no difference as none', async () => {
    expect(await scores([unknown(9999), of('yes', 100), of('yes', 200)])).toEqual([null, 0.5, -0.5]);
    expect(await scores([of('yes', 7), of('no', 7)])).toEqual([0, 0]);
    expect(await scores([unknown(1)])).toEqual([null]);
    expect(await scores([])).toEqual([]);
  });
});

describe('makeVerifier', () => {
  it('makes what is named, math_rule when nothing is said', async () => {
    const { verifier: unsaid } = groupLengthConfig.parse({});
    const math = await makeVerifier(unsaid);
    expect((await math(request('\\boxed{24}'), context)).verdict).toBe('correct');
    const { verifier: chosen } = targetLengthConfig.parse({ verifier: { type: 'multiple_choice' } });
    expect((await (await makeVerifier(chosen))(request('B', 'B'), context)).verdict).toBe('correct');
    const { verifier: text } = groupLengthConfig.parse({ verifier: { type: 'exact_match' } });
    expect((await (await makeVerifier(text))(request('Yes!', 'yes'), context)).verdict).toBe('correct');
  });
});
