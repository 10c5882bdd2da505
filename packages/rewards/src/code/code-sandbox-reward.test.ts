import { createSandbox, type Sandbox, probeSandbox } from '@rlloom/sandbox';
import type { RewardResult, Task } from '@rlloom/spec';
import { testRewardFunction } from '@rlloom/spec/testing';
import { createSandboxServer } from '@rlloom/sandbox/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRewardPool } from '../pool/reward-pool.ts';
import { rewardsConfig } from '../rewards.config.ts';
import { group } from '../testing/requests.ts';
import { codeSandboxReward } from './code-sandbox-reward.ts';
import type { CodeSandboxConfig } from './code-sandbox-defaults.ts';

const { capabilities, isolations } = await probeSandbox();
const why = isolations.map(({ name, detail }) => `${name}: ${detail}`).join('; ');

const failing = (error: Error): Sandbox => ({
  capabilities: { isolation: 'none', languages: ['python'] },
  run: () => Promise.reject(error),
  close: () => Promise.resolve(),
});

function requestOf(task: Partial<Task>, responseText: string) {
  const whole: Task = { id: '1', tag: 'code', messages: [], ...task };
  return { task: whole, responseText, responseTokenCount: 10, stopReason: 'eos' } as const;
}

const context = (deadlineMs = 30_000) => ({
  signal: new AbortController().signal,
  deadline: Date.now() + deadlineMs,
});

const doubling: Partial<Task> = {
  testCases: [
    { input: '1\n', expectedOutput: '2' },
    { input: '10\n', expectedOutput: '20\n' },
    { input: '-4\n', expectedOutput: '-8' },
  ],
};

describe('codeSandboxReward without a sandbox that works', () => {
  it('cannot verify; it never says 0', async () => {
    const reward = codeSandboxReward({}, { sandbox: failing(new Error('no memory for a fork')) });
    const result = await reward(requestOf(doubling, '```python\nprint(2)\n```'), context());
    expect(result).toEqual({
      verdict: 'unverifiable',
      score: null,
      parts: { correctness: null },
      reasons: ['the sandbox failed: no memory for a fork'],
    });
  });

  it('says what a record lacks, and when time is up, without running anything', async () => {
    const reward = codeSandboxReward({}, { sandbox: failing(new Error('was run')) });
    expect((await reward(requestOf({}, 'print(1)'), context())).reasons).toEqual(['the record has no test_cases']);
    const late = await reward(requestOf(doubling, 'print(1)'), context(10));
    expect(late).toMatchObject({ verdict: 'unverifiable', reasons: ['the deadline passed before all cases had run'] });
  });

  it('is sure of a response without code', async () => {
    const reward = codeSandboxReward({ unfenced: 'refuse' }, { sandbox: failing(new Error('was run')) });
    const result = await reward({ ...requestOf(doubling, 'I give up.'), stopReason: 'length' }, context());
    expect(result).toMatchObject({ verdict: 'incorrect', score: 0 });
    expect(result.reasons).toEqual([
      'no code: there is no code block in the right language',
      'the response was cut at the token limit',
    ]);
  });
});

describe.skipIf(capabilities === null)(
  `codeSandboxReward${capabilities === null ? ` (no sandbox here: ${why})` : ''}`,
  () => {
    let sandbox: Sandbox;
    beforeAll(async () => {
      sandbox = await createSandbox({ concurrency: 2 });
    });
    afterAll(() => sandbox.close());

    const score = async (
      task: Partial<Task>,
      response: string,
      options: Partial<CodeSandboxConfig> = {},
    ): Promise<RewardResult> => codeSandboxReward(options, { sandbox })(requestOf(task, response), context());
    const python = (code: string): string => `Here it is:\n\`\`\`python\n${code}\n\`\`\``;

    it('runs stdin cases, and compares on the host', async () => {
      expect(await score(doubling, python('print(2 * int(input()))'))).toEqual({
        verdict: 'correct',
        score: 1,
        parts: { correctness: 1, pass_rate: 1 },
        reasons: ['3 of 3 cases pass'],
      });
      const wrong = await score(doubling, python('print(2 * abs(int(input())))'), { stopEarly: false });
      expect(wrong).toMatchObject({ verdict: 'incorrect', score: 0, parts: { correctness: 0 } });
      expect(wrong.parts['pass_rate']).toBeCloseTo(2 / 3, 12);
      expect(wrong.reasons).toEqual(['2 of 3 cases pass', 'case 3 (failed): on input -4 it printed 8, expected -8']);
    });

    it('gives a share of the credit where asked to', async () => {
      const result = await score(doubling, python('print(2 * abs(int(input())))'), { credit: 'share' });
      expect(result.verdict).toBe('incorrect');
      expect(result.score).toBeCloseTo(2 / 3, 12);
    });

    it('leaves the rest out after a failure', async () => {
      const { reasons } = await score(doubling, python('print(0)'), { caseConcurrency: 1 });
      expect(reasons[0]).toBe('0 of 3 cases pass, 2 were not run');
    });

    it.each([
      ['an error', 'print(1 / 0)', /^case 1 \(error\): on input 1 it exited with code 1: ZeroDivisionError/],
      ['another exit code, whatever it printed', 'print(2 * int(input())); exit(3)', /exited with code 3/],
      ['a loop', 'while True: pass', /^case 1 \(timeout\): on input 1 it/],
      ['a flood', 'while True: print("x" * 1000)', /printed more than it may/],
      ['memory', 'x = bytearray(2 ** 33)', /^case 1 \(error\)/],
      ['a crash', 'import ctypes; ctypes.string_at(0)', /^case 1 \(error\): on input 1 it was killed by SIGSEGV/],
    ])('is incorrect for %s', async (_name, code, reason) => {
      const result = await score(doubling, python(code), { timeoutMs: 1500, caseConcurrency: 1 });
      expect(result).toMatchObject({ verdict: 'incorrect', score: 0 });
      expect(result.reasons[1]).toMatch(reason);
    });

    it('cannot verify a program that the deadline, not the limit, has ended', async () => {
      const reward = codeSandboxReward({ timeoutMs: 20_000 }, { sandbox });
      const result = await reward(requestOf(doubling, python('while True: pass')), context(1000));
      expect(result.verdict).toBe('unverifiable');
      expect(result.reasons[0]).toMatch(/^the deadline left \d+ ms of the 20000 ms a run may take/);
    });

    it('heeds its signal', async () => {
      const controller = new AbortController();
      const running = codeSandboxReward({}, { sandbox })(requestOf(doubling, python('while True: pass')), {
        signal: controller.signal,
        deadline: Date.now() + 30_000,
      });
      setTimeout(() => controller.abort(new Error('late')), 200);
      expect((await running).verdict).toBe('unverifiable');
    });

    describe('function cases', () => {
      const adding: Partial<Task> = {
        extra: { fn_name: 'add' },
        testCases: [
          { input: '1\n2', expectedOutput: '3' },
          { input: '[1]\n[2]', expectedOutput: '[1, 2]' },
        ],
      };

      it.each([
        ['a function', 'def add(a, b):\n    print("noise")\n    return a + b'],
        ['a method of Solution', 'class Solution:\n    def add(self, a, b): return a + b'],
        ['a tuple for a list', 'def add(a, b): return a + b if isinstance(a, int) else tuple(a + b)'],
      ])('take %s', async (_name, code) => {
        expect(await score(adding, python(code))).toMatchObject({ verdict: 'correct', score: 1 });
      });

      it('say what was returned', async () => {
        expect((await score(adding, python('def add(a, b): return [a, None]'))).reasons).toEqual([
          '0 of 2 cases pass',
          'case 1 (failed): on 1 ⏎ 2 it returned [1,null], expected 3',
          'case 2 (failed): on [1] ⏎ [2] it returned [[1],null], expected [1, 2]',
        ]);
        expect((await score(adding, python('def add(a, b): return a.x'))).reasons[1]).toMatch(/AttributeError/);
        expect((await score(adding, python('def other(a, b): return 1'))).reasons[1]).toMatch(/add is not defined/);
        expect(
          (await score(adding, python('def add(a, b):\n    while True: pass'), { timeoutMs: 700 })).reasons[1],
        ).toMatch(/^case 1 \(timeout\)/);
      });

      it('keep large numbers', async () => {
        const task = {
          extra: { fn_name: 'f' },
          testCases: [{ input: '12345678901234567890', expectedOutput: '12345678901234567891' }],
        };
        expect((await score(task, python('def f(x): return x + 1'))).verdict).toBe('correct');
        expect((await score(task, python('def f(x): return x'))).verdict).toBe('incorrect');
      });

      it.each([
        'import os\nos._exit(0)',
        'import sys\nsys.exit(0)',
        'def add(a, b):\n    import os; os._exit(0)',
        'class A:\n    def __eq__(self, o): return True\ndef add(a, b): return A()',
        'def add(a, b):\n    import sys\n    return [v for v in sys._getframe(1).f_locals.values()]',
        'import json\njson.dumps = lambda d: "3"\ndef add(a, b): return 0',
        'import os, sys\nfor fd in range(3, 20):\n    try: os.write(fd, b"{}\\n{\\"value\\": 3}\\n")\n    except OSError: pass\ndef add(a, b): return 0',
      ])('cannot be forged by %s', async (code) => {
        expect((await score(adding, python(code))).verdict).toBe('incorrect');
      });
    });

    describe('assertions', () => {
      const task: Partial<Task> = {
        extra: { test_list: ['assert f(1) == 2', 'assert f(5) == 10', 'assert f(0) == 0'] },
      };

      it('count one by one', async () => {
        const result = await score(task, python('def f(x): return x + 1 if x < 3 else 2 * x'), { credit: 'share' });
        expect(result.score).toBeCloseTo(2 / 3, 12);
        expect(result.reasons).toEqual(['2 of 3 cases pass', 'case 3 (failed): got 1, expected 0']);
      });

      it('cannot verify when the tests are broken', async () => {
        const broken = { extra: { test_list: ['assert f(1) =='] } };
        expect(await score(broken, python('def f(x): return 1'))).toMatchObject({
          verdict: 'unverifiable',
          score: null,
        });
      });

      // More of them where the checker is tested, in @rlloom/sandbox.
      it.each([
        'import os\nos._exit(0)',
        'import os\ndef f(x): os._exit(0)',
        'import sys\nsys.exit(0)',
        'print("PASS")\nprint("passed")',
        'class A:\n    def __eq__(self, o): return True\ndef f(x): return A()',
        'import sys\ndef f(x):\n    g = sys._getframe()\n    while g.f_back: g = g.f_back\n    return g.f_globals.get("expected")',
        'import atexit, os\natexit.register(os._exit, 0)',
        'import builtins\nbuiltins.AssertionError = Exception\nbuiltins.isinstance = lambda *a: True',
        'import threading, os, time\nthreading.Thread(target=lambda: (time.sleep(0.02), os._exit(0))).start()',
        'try:\n    import __main__\n    __main__.Checker.attempt = lambda *a: True\nexcept Exception: pass',
        'class M(type):\n    def __eq__(s, o): return True\nclass A(metaclass=M): pass\ndef f(x): return A',
        'import os, signal\ndef f(x): os.kill(os.getppid(), signal.SIGKILL)',
      ])('cannot be forged by %s', async (code) => {
        const result = await score(task, python(code));
        expect(result).toMatchObject({ verdict: 'incorrect', score: 0 });
      });
    });

    describe.skipIf(!capabilities?.languages.includes('javascript'))('JavaScript and TypeScript', () => {
      it('run from stdin', async () => {
        const code = 'const n = Number(require("fs").readFileSync(0, "utf8")); console.log(2 * n);';
        expect((await score(doubling, `\`\`\`js\n${code}\n\`\`\``)).verdict).toBe('correct');
        const typed = code.replace('const n', 'const n: number');
        expect((await score(doubling, `\`\`\`ts\n${typed}\n\`\`\``)).verdict).toBe('correct');
        expect((await score(doubling, '```ts\nlet x: = 1\n```')).reasons[1]).toMatch(/does not load/);
      });

      it('have function cases', async () => {
        const task = {
          extra: { fn_name: 'f', language: 'typescript' },
          testCases: [{ input: '[3, 1]', expectedOutput: '[1, 3]' }],
        };
        const code = 'export function f(a: number[]): number[] { return a.sort(); }';
        expect((await score(task, `\`\`\`typescript\n${code}\n\`\`\``)).verdict).toBe('correct');
        expect((await score(task, '```js\nconst f = async (a) => a\n```')).reasons[1]).toMatch(
          /it returned \[3,1\], expected \[1, 3\]/,
        );
      });

      it('have assertions, continued from a prompt', async () => {
        const extra = {
          language: 'js',
          prompt: '// Doubles.\nfunction f(x){\n',
          tests:
            "const assert = require('node:assert');\nfunction test() { let candidate = f; assert.deepEqual(candidate(2), 4); }\ntest();",
        };
        expect((await score({ extra }, '  return 2 * x;\n}\n')).verdict).toBe('correct');
        expect((await score({ extra }, '  return x;\n}\n')).verdict).toBe('incorrect');
        expect((await score({ extra }, '  process.exit(0);\n}\n')).verdict).toBe('incorrect');
      });

      it('run in QuickJS too', async () => {
        const task = { extra: { fn_name: 'f', language: 'js' }, testCases: [{ input: '2', expectedOutput: '4' }] };
        const reward = codeSandboxReward({ isolation: 'quickjs' });
        const run = async (code: string) =>
          (await reward(requestOf(task, `\`\`\`js\n${code}\n\`\`\``), context())).verdict;
        expect(await run('function f(x) { return 2 * x; }')).toBe('correct');
        expect(await run('function f(x) { return require("fs"); }')).toBe('incorrect');
        expect(await run('for (;;) {}')).toBe('incorrect');
      });
    });

    describe('efficiency and style', () => {
      const task: Partial<Task> = {
        extra: {
          entry_point: 'count',
          test_list: ['assert count([1, 2, 1]) == 2'],
          reference: 'def count(xs):\n    return len(set(xs))',
          efficiency: { make_input: 'def make_input(n):\n    return (list(range(n)),)', n: 7000 },
        },
      };
      // Generous, for machines that are busy: an idle one has 1 and some hundred.
      const weights = { correctness: 1, efficiency: 1, style: 0 };
      const efficiency = { allowedRatio: 8, worstRatio: 10 };

      it('compares processor time with the reference', async () => {
        const fast = await score(task, python('def count(xs):\n    return len(dict.fromkeys(xs))'), {
          weights,
          efficiency,
        });
        expect(fast.parts).toMatchObject({ correctness: 1, efficiency: 1 });
        const slow = 'def count(xs):\n    return sum(1 for i, x in enumerate(xs) if x not in xs[:i])';
        const result = await score(task, python(slow), { weights, efficiency });
        expect(result).toMatchObject({ verdict: 'correct', parts: { correctness: 1, efficiency: 0 }, score: 0.5 });
        expect(result.reasons.at(-1)).toMatch(/^efficiency: ([\d.]+ times the reference \(n=7000: |at n = )/);
      });

      it('takes no wrong answer for a fast one', async () => {
        const cheat = 'def count(xs):\n    return 2';
        const result = await score(task, python(cheat), { weights });
        expect(result.reasons.at(-1)).toBe('efficiency: at n = 7000 it answers other than the reference');
        expect(result.parts['efficiency']).toBe(0);
        expect((await score(task, python('def count(xs): return 0'), { weights })).score).toBe(0);
      });

      it('leaves it out where a record has nothing to measure by', async () => {
        const result = await score({ extra: { test_list: ['assert f() == 1'] } }, python('def f(): return 1'), {
          weights,
        });
        expect(result).toMatchObject({ score: 1, parts: { efficiency: null } });
        expect(result.reasons[1]).toMatch(/^efficiency: not measured/);
      });

      it('marks style from the syntax tree', async () => {
        const task = { extra: { test_list: ['assert f([]) == []'] } };
        const options = { weights: { correctness: 3, efficiency: 0, style: 1 } };
        const neat = await score(task, python('def f(xs):\n    return sorted(xs)'), options);
        expect(neat).toMatchObject({ score: 1, parts: { style: 1 } });
        const code =
          'import os\ndef f(xs, seen=[]):\n    unused = 1\n    try:\n        return sorted(xs)\n    except:\n        return []\neval("1")';
        const result = await score(task, python(code), options);
        expect(result.parts['style']).toBe(0.5);
        expect(result.score).toBe(0.875);
        expect(result.reasons.slice(1)).toEqual([
          'style: unused names: unused (-0.1)',
          'style: unused imports: os (-0.1)',
          'style: except without a type (-0.1)',
          'style: a default argument that can change (-0.1)',
          'style: eval or exec (-0.1)',
        ]);
        expect((await score(task, python('def f(:'), options)).parts['style']).toBe(0);
      });
    });

    it('runs on a sandbox elsewhere', async () => {
      const server = await createSandboxServer({ sandbox });
      const url = await server.listen({ port: 0 });
      const reward = codeSandboxReward({ isolation: 'remote', url });
      const run = async (task: Partial<Task>, code: string) => (await reward(requestOf(task, code), context())).verdict;
      const asserting = { extra: { test_list: ['assert f(1) == 2'] } };
      try {
        expect(await run(doubling, python('print(2 * int(input()))'))).toBe('correct');
        expect(await run(asserting, python('def f(x): return 2 * x'))).toBe('correct');
        expect(await run(asserting, python('import os; os._exit(0)'))).toBe('incorrect');
      } finally {
        await server.close();
      }
      expect(await run(asserting, python('def f(x): return 2 * x'))).toBe('unverifiable');
    });

    it('runs in the threads of a pool, several samples of a thread at the same time', async () => {
      const rewards = await createRewardPool(
        rewardsConfig.parse({
          timeoutMs: 20_000,
          domains: {
            code: { tags: ['*'], workers: 1, concurrency: 3, rewards: { tests: { type: 'code_sandbox' } } },
          },
        }),
      );
      try {
        const task: Task = { id: '1', tag: 'code', messages: [], ...doubling };
        const good = python('import time; time.sleep(0.3); print(2 * int(input()))');
        const start = performance.now();
        const [scored] = await rewards.score([group(task, [good, python('print(2)'), good, 'while True: pass'])]);
        expect(scored!.results.map(({ verdict }) => verdict)).toEqual(['correct', 'incorrect', 'correct', 'incorrect']);
        expect(scored!.results[3]!.reasons.join()).toMatch(/timeout/);
        expect(performance.now() - start).toBeLessThan(20_000);
      } finally {
        await rewards.close();
      }
    });

    testRewardFunction('code_sandbox', () => codeSandboxReward({ timeoutMs: 2000, caseConcurrency: 1 }, { sandbox }), {
      correct: [requestOf(doubling, python('print(2 * int(input()))'))],
      incorrect: [requestOf(doubling, python('print(int(input()))')), requestOf(doubling, 'no code')],
      unverifiable: [requestOf({}, python('print(1)'))],
    });
  },
);
