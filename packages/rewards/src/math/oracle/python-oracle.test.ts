import { RlloomError } from '@rlloom/spec';
import { afterEach, describe, expect, it } from 'vitest';
import { request } from '../../testing/requests.ts';
import { mathRule } from '../math-rule.ts';
import type { MathOracle } from './math-oracle.ts';
import { createPythonOracle } from './python-oracle.ts';

// A Python with math-verify; without it only the ways to fail are tested.
const python = process.env['RLLOOM_PEER_PYTHON'];
const open: MathOracle[] = [];
const start: typeof createPythonOracle = (options) => {
  const oracle = createPythonOracle(options);
  open.push(oracle);
  return oracle;
};

afterEach(() => {
  for (const oracle of open.splice(0)) oracle.close();
});

async function failure(work: Promise<unknown>): Promise<RlloomError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RlloomError);
  return error as RlloomError;
}

describe('createPythonOracle', () => {
  it('says what to do when there is no such Python', async () => {
    const oracle = start({ python: '/nowhere/python' });
    for (let time = 0; time < 2; time++) {
      const error = await failure(oracle.ask({ answer: '1', reference: '1' }));
      expect([error.kind, error.message]).toEqual([
        'reward',
        expect.stringMatching(/ENOENT.*pip install math-verify/s),
      ]);
    }
  });

  it('says what to do when the program does not speak', async () => {
    const silent = await failure(start({ python: 'true' }).ask({ answer: '1', reference: '1' }));
    expect(silent.message).toContain('its process ended with 0');
    const slow = start({ python: 'cat', startTimeoutMs: 50 });
    expect((await failure(slow.ask({ answer: '1', reference: '1' }))).message).toContain('does not start');
  });

  it('refuses questions after it is closed', async () => {
    const oracle = start();
    oracle.close();
    expect((await failure(oracle.ask({ answer: '1', reference: '1' }))).message).toContain('closed');
  });
});

describe.skipIf(python === undefined)('math-verify answers (needs RLLOOM_PEER_PYTHON)', () => {
  const oracle = () => start({ python: python ?? '' });

  it('in order, however many ask at once', { timeout: 120_000 }, async () => {
    const one = oracle();
    const answers = await Promise.all([
      one.ask({ answer: '\\int_0^1 2x \\, dx', reference: '1' }),
      one.ask({ answer: 'So the answer is $\\boxed{\\frac{1}{3}}$.', reference: '0.25' }),
      one.ask({ answer: '0.33', reference: '\\frac{1}{3}', decimalPlaces: 2 }),
      one.ask({ answer: '0.33', reference: '\\frac{1}{3}', decimalPlaces: 4 }),
      one.ask({ answer: '3', reference: '' }),
      one.ask({ answer: '', reference: '3' }),
    ]);
    expect(answers.map(({ isCorrect }) => isCorrect)).toEqual([true, false, true, false, undefined, undefined]);
    expect(answers[0]?.reason).toMatch(/^math-verify \d.* is 1$/);
    expect(answers[4]?.reason).toContain('cannot read the reference');
  });

  it('starts anew after a question that takes too long', { timeout: 120_000 }, async () => {
    const one = start({ python: python ?? '', timeoutMs: 1500 });
    const long = await one.ask({ answer: '\\sum_{k=1}^{200000} \\frac{1}{k^{3} + k + 1}', reference: '\\frac{1}{7}' });
    expect(long.isCorrect).toBe(undefined);
    expect((await one.ask({ answer: '\\frac{2}{4}', reference: '0.5' })).isCorrect).toBe(true);
  });

  it('for math_rule where the verifier cannot decide', { timeout: 120_000 }, async () => {
    const context = { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY };
    const asked = mathRule({ oracle: 'python', oraclePython: python ?? '' });
    const alone = mathRule();
    const verdicts = async (response: string, gold: string) =>
      Promise.all([alone, asked].map(async (reward) => (await reward(request(response, gold), context)).verdict));
    expect(await verdicts('\\boxed{301!}', '301 \\cdot 300!')).toEqual(['unverifiable', 'correct']);
    expect(await verdicts('\\boxed{301!}', '300 \\cdot 300!')).toEqual(['unverifiable', 'incorrect']);
    expect(await verdicts('\\boxed{24}', '24')).toEqual(['correct', 'correct']);
  });
});
