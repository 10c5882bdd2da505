import { describe, expect, it } from 'vitest';
import type { RewardFunction, RewardRequest, RewardResult } from '../reward.ts';

/** Requests whose verdict is known. */
export interface RewardFunctionCases {
  /** Answers that deserve full marks. At least one. */
  readonly correct: readonly RewardRequest[];
  /** Answers that deserve less. At least one. */
  readonly incorrect: readonly RewardRequest[];
  /** Requests that cannot be judged. */
  readonly unverifiable?: readonly RewardRequest[];
  /** The score of full marks. Default 1 */
  readonly fullMarks?: number;
}

/** Most milliseconds a hostile response may take: far more than any needs, far less than a hang. */
const hostileLimitMs = 10_000;

const hostileResponses: readonly string[] = [
  '',
  ' \n\t',
  '\u0000',
  '\ud800',
  '🙂'.repeat(1000),
  '<think>'.repeat(3000),
  '\\boxed{'.repeat(3000),
  `\\boxed{${'('.repeat(5000)}7${')'.repeat(5000)}}`,
  '$'.repeat(20_000),
  'answer is '.repeat(2000),
  '9^'.repeat(2000),
  '-'.repeat(20_000),
  ' '.repeat(20_000),
  '1 '.repeat(10_000),
  '1,'.repeat(10_000),
  `${'9'.repeat(20_000)}`,
  `${'a'.repeat(20_000)}!`,
  '\\boxed{NaN}',
  '\\boxed{1/0}',
  '__proto__ constructor',
];

/**
 * Conformance suite of `RewardFunction`: known answers get their marks, results are well-formed plain data whatever
 * the response, the request is left alone, the same request gives the same result, and nothing runs on and on. One
 * line per implementation.
 *
 * @param name shown in the test report
 * @param make builds the function
 * @param cases requests with known verdicts
 */
export function testRewardFunction(
  name: string,
  make: () => RewardFunction | Promise<RewardFunction>,
  cases: RewardFunctionCases,
): void {
  const { fullMarks = 1 } = cases;
  const score = async (
    request: RewardRequest,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<RewardResult> => {
    const reward = await make();
    const result = await reward(request, { signal, deadline: Date.now() + hostileLimitMs });
    expectWellFormed(result);
    if (result.stepScores !== undefined && request.conversation !== undefined) {
      expect(result.stepScores).toHaveLength(request.conversation.filter(({ role }) => role === 'assistant').length);
    }
    return result;
  };

  describe(`RewardFunction conformance: ${name}`, () => {
    it('gives correct answers full marks', async () => {
      expect(cases.correct.length).toBeGreaterThan(0);
      for (const request of cases.correct) {
        const result = await score(request);
        expect([request.responseText, result.verdict, result.score]).toEqual([
          request.responseText,
          'correct',
          fullMarks,
        ]);
      }
    });

    it('gives incorrect answers less', async () => {
      expect(cases.incorrect.length).toBeGreaterThan(0);
      for (const request of cases.incorrect) {
        const result = await score(request);
        expect([request.responseText, result.verdict]).toEqual([request.responseText, 'incorrect']);
        expect(result.score).toBeLessThan(fullMarks);
      }
    });

    it('says when it cannot judge', async () => {
      for (const request of cases.unverifiable ?? []) {
        expect([request.responseText, (await score(request)).verdict]).toEqual([request.responseText, 'unverifiable']);
      }
    });

    it('gives every result a reason that people can read', async () => {
      for (const request of [...cases.incorrect, ...(cases.unverifiable ?? [])]) {
        const { reasons } = await score(request);
        expect(reasons.length).toBeGreaterThan(0);
        expect(reasons.every((reason) => reason.trim() !== '')).toBe(true);
      }
    });

    it('takes and gives plain data, and leaves the request alone', async () => {
      const request = cases.correct[0]!;
      const copy = structuredClone(request);
      const result = await score(deepFreeze(structuredClone(request)));
      expect(structuredClone(result)).toEqual(result);
      expect(JSON.parse(JSON.stringify(result))).toEqual(result);
      await score(request);
      expect(request).toEqual(copy);
    });

    it('gives the same result for the same request, alone or after others', async () => {
      const reward = await make();
      const all = [...cases.correct, ...cases.incorrect];
      const context = { signal: new AbortController().signal, deadline: Date.now() + hostileLimitMs };
      const first: RewardResult[] = [];
      for (const request of all) first.push(await reward(request, context));
      for (const [index, request] of all.toReversed().entries()) {
        expect(await reward(request, context)).toEqual(first[all.length - 1 - index]);
      }
    });

    it('ends on hostile responses with a well-formed result', async () => {
      const request = cases.correct[0]!;
      for (const responseText of hostileResponses) {
        const start = performance.now();
        await score({ ...request, responseText });
        expect([responseText.slice(0, 20), performance.now() - start < hostileLimitMs]).toEqual([
          responseText.slice(0, 20),
          true,
        ]);
      }
    });

    it('ends when its signal has aborted', async () => {
      const reward = await make();
      const signal = AbortSignal.abort(new Error('too late'));
      const work = (async () => reward(cases.correct[0]!, { signal, deadline: Date.now() - 1 }))();
      const ended = await Promise.race([
        work.then(
          (result) => (expectWellFormed(result), 'ended'),
          () => 'ended',
        ),
        new Promise<string>((resolve) => setTimeout(resolve, hostileLimitMs, 'still running').unref()),
      ]);
      expect(ended).toBe('ended');
    });
  });
}

function expectWellFormed(result: RewardResult): void {
  const { verdict, score, parts, reasons, stepScores = [] } = result;
  expect(['correct', 'incorrect', 'unverifiable']).toContain(verdict);
  expect(score === null).toBe(verdict === 'unverifiable');
  for (const value of [score, ...Object.values(parts), ...stepScores]) {
    expect(value === null || Number.isFinite(value), `not a finite number: ${value}`).toBe(true);
  }
  expect(reasons.every((reason) => typeof reason === 'string')).toBe(true);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
