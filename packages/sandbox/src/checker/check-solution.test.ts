import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSandbox, probeSandbox } from '../create-sandbox.ts';
import type { Sandbox } from '../sandbox.ts';
import { type CheckedCase, type CheckJob, checkSolution } from './check-solution.ts';

const { capabilities, isolations } = await probeSandbox();

describe.each(isolations)('checkSolution in $name', ({ name, works, detail }) => {
  describe.skipIf(!works)(works ? 'works' : `(not here: ${detail})`, () => {
    let sandbox: Sandbox;
    beforeAll(async () => {
      sandbox = await createSandbox({ isolation: name, concurrency: 2 });
    });
    afterAll(() => sandbox.close());

    async function check(
      job: Partial<CheckJob> & Pick<CheckJob, 'solution' | 'tests'>,
    ): Promise<readonly CheckedCase[]> {
      const limits = { wallMs: 5000 };
      return (await checkSolution(sandbox, { language: 'python', mode: 'assert', ...job }, { limits })).cases;
    }
    async function statuses(job: Parameters<typeof check>[0]): Promise<string> {
      return (await check(job)).map(({ status }) => status).join(' ');
    }

    describe('assertions in Python', () => {
      it('judges each, and says what came', async () => {
        const solution = 'def f(x):\n    return [x, x + 1]';
        const tests = ['assert f(1) == [1, 2]', 'assert f(2) == [2, 2]', 'assert f("a")', 'assert f(1) != [1, 2]'];
        expect(await check({ solution, tests })).toEqual([
          { name: 'case 1', status: 'passed', detail: '' },
          { name: 'case 2', status: 'failed', detail: 'got [2, 3], expected [2, 2]' },
          {
            name: 'case 3',
            status: 'error',
            detail: 'TypeError: can only concatenate str (not "int") to str',
          },
          { name: 'case 4', status: 'failed', detail: 'got [1, 2], expected NotEq [1, 2]' },
        ]);
      });

      it('ends with the first failure when told to', async () => {
        const job = { solution: 'def f(x): return x', tests: ['assert f(1) == 2', 'assert f(1) == 1'] };
        expect(await statuses({ ...job, stopEarly: true })).toBe('failed not-run');
        expect(await statuses(job)).toBe('failed passed');
      });

      it.each([
        ['None', 'None'],
        ['True', 'True'],
        ['-3', '-3'],
        ['10 ** 50', '10 ** 50'],
        ['0.1 + 0.2', '0.30000000000000004'],
        ['float("inf")', 'float("inf")'],
        ['3 + 4j', '3 + 4j'],
        ['"é\\n\\ud800"', '"é\\n\\ud800"'],
        ['b"\\x00\\xff"', 'b"\\x00\\xff"'],
        ['(1, [2, {3}])', '(1, [2, {3}])'],
        ['{"a": (1,), 2: None}', '{"a": (1,), 2: None}'],
        ['frozenset([1])', 'frozenset([1])'],
        ['range(3)', 'range(3)'],
        ['int', 'int'],
        ['__import__("collections").Counter("aab")', '{"a": 2, "b": 1}'],
        ['__import__("collections").namedtuple("P", "x y")(1, 2)', '(1, 2)'],
        ['__import__("collections").deque([1])', '__import__("collections").deque([1])'],
        ['__import__("decimal").Decimal("1.10")', '__import__("decimal").Decimal("1.1")'],
        ['__import__("fractions").Fraction(1, 3)', '__import__("fractions").Fraction(2, 6)'],
        ['__import__("datetime").date(2024, 2, 29)', '__import__("datetime").date(2024, 2, 29)'],
      ])('carries %s', async (value, expected) => {
        const tests = [
          `v = f(); e = ${expected}; assert v == e`,
          `e = ${expected}; assert f() == e and g(e) == e`,
          `e = ${expected}; assert type(g(e)) is type(e)`,
        ];
        expect(await statuses({ solution: `def f(): return ${value}\ndef g(x): return x`, tests })).toBe(
          'passed passed passed',
        );
      });

      it.each([
        [
          'arguments changed in place',
          'def f(a):\n    a.sort()\n    a[0].append(9)',
          'x = [[2], [1]]; y = x[0]; f(x); assert x == [[1, 9], [2]]',
        ],
        ['callbacks', 'def f(g, xs): return [g(x) for x in xs]', 'assert f(lambda x: x * 2, [1, 2]) == [2, 4]'],
        [
          'callbacks that raise',
          'def f(g):\n    try:\n        g()\n    except ValueError as e:\n        return str(e)',
          'def bad(): raise ValueError("no")\nassert f(bad) == "no"',
        ],
        [
          'functions of the library',
          'def f(g, a, b): return g(a, b)',
          'import operator\nassert f(operator.add, 1, 2) == 3 and f(max, 1, 2) == 2',
        ],
        ['functions that return functions', 'def f(a): return lambda b: a + b', 'assert f(1)(2) == 3'],
        [
          'generators',
          'def f(n):\n    i = 0\n    while True:\n        yield i\n        i += n',
          'g = f(2)\nassert [next(g) for _ in range(3)] == [0, 2, 4]',
        ],
        ['generators that end', 'def f(n): yield from range(n)', 'assert list(f(3)) == [0, 1, 2] and sum(f(4)) == 6'],
        [
          'classes',
          'class Stack:\n    def __init__(self): self.items = []\n    def push(self, x): self.items.append(x)\n    def __len__(self): return len(self.items)',
          's = Stack(); s.push(4); assert len(s) == 1 and s.items == [4] and isinstance(s, Stack)',
        ],
        [
          'their operators',
          'class V:\n    def __init__(self, x): self.x = x\n    def __add__(self, o): return V(self.x + o.x)\n    def __eq__(self, o): return self.x == o.x',
          'assert V(1) + V(2) == V(3) and not V(1) == V(2)',
        ],
        [
          'attributes set by tests',
          'class Node:\n    def __init__(self, v): self.v = v; self.next = None\ndef f(n):\n    return n.v + (f(n.next) if n.next else 0)',
          'n = Node(1); n.next = Node(2); assert f(n) == 3',
        ],
        [
          'errors',
          'def f(x): raise KeyError("k")',
          'try:\n    f(1)\n    assert False\nexcept KeyError as e:\n    assert e.args == ("k",)',
        ],
        [
          'errors of its own',
          'class Bad(ValueError): pass\ndef f(): raise Bad("b")',
          'try:\n    f()\n    assert False\nexcept Bad as e:\n    assert isinstance(e, ValueError) and str(e) == "b"',
        ],
        ['modules it imported', 'import math\ndef f(): return math.pi', 'assert math.isclose(f(), 3.14159265358979)'],
        ['a function with the name of a built-in one', 'def sum(a, b): return a * b', 'assert sum(3, 4) == 12'],
        [
          'Solution with a method',
          'class Solution:\n    def twoSum(self, a): return a',
          'assert Solution().twoSum([1]) == [1]',
        ],
        ['recursion', 'def f(n): return 0 if n == 0 else 1 + f(n - 1)', 'assert f(900) == 900'],
        [
          'threads',
          'import threading\ndef f():\n    out = []\n    t = threading.Thread(target=out.append, args=(1,)); t.start(); t.join()\n    return out',
          'assert f() == [1]',
        ],
        ['printing', 'print("x" * 200000)\ndef f():\n    print("y" * 200000)\n    return 1', 'assert f() == 1'],
      ])('understands %s', async (_name, solution, test) => {
        expect(await check({ solution, tests: [test] })).toEqual([{ name: 'case 1', status: 'passed', detail: '' }]);
      });

      it('runs the setup after the solution', async () => {
        const job = { solution: 'class Node:\n    def __init__(self, v): self.v = v', setup: 'root = Node(5)' };
        expect(await statuses({ ...job, tests: ['assert root.v == 5'] })).toBe('passed');
        expect((await check({ ...job, setup: 'root = Nodes(5)', tests: ['assert root'] }))[0]?.detail).toMatch(
          /^the setup of the tests fails: NameError/,
        );
      });

      it.each([
        ['does not compile', 'def f(:', /^the program does not load: SyntaxError/],
        ['raises while it loads', '1 / 0', /^the program does not load: ZeroDivisionError/],
        ['exits while it loads', 'import sys; sys.exit(0)', /^the program does not load: .*SystemExit/],
        ['ends while it loads', 'import os; os._exit(0)', /^the program ended while it was loaded/],
        ['lacks the function', 'x = 1', /^NameError: name 'f' is not defined/],
      ])('fails a program that %s', async (_name, solution, detail) => {
        const [only] = await check({ solution, tests: ['assert f(1) == 1'] });
        expect(only?.status).toBe('error');
        expect(only?.detail).toMatch(detail);
      });

      it('names the case that hangs; those before it have passed', async () => {
        const solution = 'def f(x):\n    while x > 1: pass\n    return x';
        const tests = ['assert f(1) == 1', 'assert f(2) == 2', 'assert f(1) == 1'];
        const { cases } = await checkSolution(
          sandbox,
          { language: 'python', mode: 'assert', solution, tests },
          { limits: { wallMs: 700 } },
        );
        expect(cases.map(({ status }) => status)).toEqual(['passed', 'timeout', 'not-run']);
      });

      it.each([
        ['do not compile', 'assert f(1) ==', /do not compile/],
        ['hand over an object of their own', 'class T: pass\nassert f(T()) == 1', /hand a T of their own/],
      ])('blames tests that %s', async (_name, test, message) => {
        await expect(check({ solution: 'def f(x): return 1', tests: [test] })).rejects.toThrow(message);
      });
    });

    it('runs check(candidate), with helpers taken from the prompt', async () => {
      const prompt = 'from math import floor\ndef double(x):\n    return 2 * x\n\ndef f(x):\n    """Half."""\n';
      const test =
        'def check(candidate):\n    assert double(candidate(4)) == 4\n    assert floor(candidate(3)) == 1, "odd"\n';
      const job = { mode: 'check', prompt, entryPoint: 'f', tests: [test] } as const;
      expect(await statuses({ ...job, solution: 'def f(x): return x / 2' })).toBe('passed');
      expect(await check({ ...job, solution: 'def f(x): return x' })).toEqual([
        { name: 'case 1', status: 'failed', detail: 'the assertion failed' },
      ]);
      expect(await statuses({ ...job, solution: 'def double(x): return 4\ndef f(x): return 1.5' })).toBe('failed');
      expect(await statuses({ ...job, solution: '' })).toBe('error');
    });

    it('runs unittest', async () => {
      const test = `
import unittest
from solution import f
class TestF(unittest.TestCase):
    def setUp(self): self.x = 2
    def test_one(self): self.assertEqual(f(self.x), 4)
    def test_two(self):
        for x in (1, 3):
            with self.subTest(x=x): self.assertAlmostEqual(f(x), 2.0 * x)
    def test_three(self):
        with self.assertRaises(ValueError): f(-1)
if __name__ == '__main__':
    unittest.main()
`;
      const good = 'def f(x):\n    if x < 0: raise ValueError(x)\n    return 2 * x';
      expect(await check({ mode: 'unittest', solution: good, tests: [test] })).toEqual(
        ['one', 'three', 'two'].map((name) => ({ name: `TestF.test_${name}`, status: 'passed', detail: '' })),
      );
      expect(await statuses({ mode: 'unittest', solution: 'def f(x): return x + 2', tests: [test] })).toBe(
        'passed failed failed',
      );
    });

    it('runs tests written for pytest', async () => {
      const test = `
import pytest
from solution import f

@pytest.fixture
def two():
    yield 2

@pytest.mark.parametrize('x, y', [(1, 2), (2, 4), pytest.param(3, 6)])
def test_values(x, y):
    assert f(x) == y

def test_fixture(two):
    assert f(two) == pytest.approx(4.0000001)

class TestErrors:
    def test_raises(self):
        with pytest.raises(ValueError, match='neg'):
            f(-1)

@pytest.mark.skip(reason='later')
def test_later():
    assert False
`;
      const good = 'def f(x):\n    if x < 0: raise ValueError("negative")\n    return 2 * x';
      expect(
        (await check({ mode: 'pytest', solution: good, tests: [test] })).map(({ name, status }) => `${name} ${status}`),
      ).toEqual([
        'test_values[0] passed',
        'test_values[1] passed',
        'test_values[2] passed',
        'test_fixture passed',
        'TestErrors.test_raises passed',
        'test_later passed',
      ]);
      expect(await statuses({ mode: 'pytest', solution: 'def f(x): return x + 2', tests: [test] })).toBe(
        'failed passed failed passed failed passed',
      );
      const capture =
        'from solution import f\ndef test_print(capsys):\n    f(1)\n    assert capsys.readouterr().out == "1"';
      await expect(check({ mode: 'pytest', solution: good, tests: [capture] })).rejects.toThrow(
        /capsys.* is not supported/,
      );
    });

    // Each returns what it cannot know, 5 for f(2), only by cheating.
    describe('forging a verdict in Python fails', () => {
      const attempts: Readonly<Record<string, string>> = {
        'leaving with code 0': 'import os\ndef f(x): os._exit(0)',
        'leaving in the middle of loading': 'import os\ndef f(x): return 5\nos._exit(0)',
        'sys.exit': 'import sys\ndef f(x): sys.exit(0)',
        'printing what a checker might print':
          'def f(x):\n    print("loaded"); print("case 0 passed -"); print("done"); print("PASS")',
        'writing to every descriptor':
          'import os\ndef f(x):\n    for fd in range(64):\n        try: os.write(fd, b"x case 30 706173736564 -\\nx done\\n")\n        except OSError: pass\n    os._exit(0)',
        'opening the descriptors of the parent':
          'import os\ndef f(x):\n    for fd in range(16):\n        try:\n            with open("/proc/%d/fd/%d" % (os.getppid(), fd), "wb") as out: out.write(b"x done\\n")\n        except OSError: pass',
        'reading the memory of the parent':
          'import os\ndef f(x):\n    with open("/proc/%d/mem" % os.getppid(), "rb") as m: m.seek(4096); return m.read(8)',
        'writing the memory of the parent':
          'import os\ndef f(x):\n    with open("/proc/%d/mem" % os.getppid(), "r+b") as m: m.write(b"x")',
        ptrace:
          'import ctypes, os\ndef f(x):\n    r = ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0)\n    return 5 if r == 0 else None',
        'reading stdin again': 'import sys\ndef f(x): return sys.stdin.read()',
        'an object equal to everything':
          'class E:\n    def __eq__(self, o): return True\n    def __ne__(self, o): return False\n    __hash__ = None\ndef f(x): return E()',
        'a number equal to everything':
          'class E(int):\n    def __eq__(self, o): return True\n    def __ne__(self, o): return False\n    __hash__ = int.__hash__\ndef f(x): return E(0)',
        'a list equal to everything': 'class E(list):\n    def __eq__(self, o): return True\ndef f(x): return E()',
        'an object smaller and larger than everything':
          'class E:\n    def __lt__(self, o): return True\n    __gt__ = __le__ = __ge__ = __lt__\n    def __sub__(self, o): return self\n    def __abs__(self): return self\ndef f(x): return E()',
        'overriding built-in functions':
          'import builtins\nfor n in ("abs", "isinstance", "len", "sorted", "repr", "type", "print"): setattr(builtins, n, lambda *a, **k: True)\ndef f(x): return True',
        'defining built-in names':
          'class set:\n    def __init__(self, *a): pass\n    def __eq__(self, o): return True\nlist = tuple = sorted = abs = set\ndef f(x): return 1',
        'defining Counter':
          'class Counter:\n    def __init__(self, *a): pass\n    def __eq__(self, o): return True\ndef f(x): return 1',
        'replacing the module math':
          'class math:\n    isclose = staticmethod(lambda *a, **k: True)\ndef f(x): return 1',
        'changing AssertionError':
          'import builtins\nbuiltins.AssertionError = type("A", (BaseException,), {})\ndef f(x): return 1',
        'walking frames':
          'import sys\ndef f(x):\n    frame = sys._getframe()\n    while frame:\n        for v in list(frame.f_locals.values()) + list(frame.f_globals.values()):\n            if isinstance(v, str) and "".join(["== ", "5"]) in v: return 5\n        frame = frame.f_back',
        'searching all objects':
          'import gc\ndef f(x):\n    needle = "".join(["ass", "ert f(2)"])\n    for o in gc.get_objects():\n        if isinstance(o, (dict, list, tuple)):\n            for v in o.values() if isinstance(o, dict) else o:\n                if isinstance(v, str) and needle in v: return int(v.split("== ")[1])',
        'patching the checker of its own process':
          'import sys\nm = sys.modules["__main__"]\nfor n, v in list(vars(m).items()):\n    if isinstance(v, type): \n        for k in ("run", "say", "attempt"): \n            try: setattr(v, k, lambda *a, **k: True)\n            except Exception: pass\ndef f(x): return 1',
        tracing: 'import sys\ndef t(frame, event, arg): return t\nsys.settrace(t)\ndef f(x): return 1',
        atexit: 'import atexit, os\natexit.register(lambda: os._exit(0))\ndef f(x): return 1',
        'a thread that speaks later':
          'import threading, time, os\ndef later():\n    time.sleep(0.05)\n    os._exit(0)\nthreading.Thread(target=later, daemon=True).start()\ndef f(x):\n    time.sleep(1)\n    return 1',
        'a child that speaks later':
          'import os, time\nif os.fork() == 0:\n    time.sleep(0.2)\n    print("case 0 passed -", flush=True)\n    os._exit(0)\ndef f(x): return 1',
        'killing the checker': 'import os, signal\ndef f(x): os.kill(os.getppid(), signal.SIGKILL)',
        'stopping the checker': 'import os, signal\ndef f(x): os.kill(os.getppid(), signal.SIGTERM); return 1',
        'interrupting the checker': 'import os, signal\ndef f(x): os.kill(os.getppid(), signal.SIGINT); return 1',
        'answering by itself':
          'import os\ndef f(x):\n    os.write(11, (9).to_bytes(8, "big") + b"U2:S1:rT")\n    return 1',
        'files for the checker to import':
          'for n in ("unittest", "math", "re", "collections", "conftest", "sitecustomize"):\n    try: open(n + ".py", "w").write("import os; os._exit(0)")\n    except OSError: pass\ndef f(x): return 1',
        'naming a module that runs something':
          'import types\nmath = types.ModuleType("unittest.__main__")\nCounter = types.ModuleType("antigravity")\ndef f(x): return 1',
        'raising what a test expects': 'def f(x): raise AssertionError("passed")',
        'an error class with a kind __init__':
          'class E(Exception):\n    def __eq__(self, o): return True\ndef f(x): raise E()',
        'a generator equal to all':
          'class G:\n    def __iter__(self): return self\n    def __next__(self): raise StopIteration\n    def __contains__(self, o): return True\ndef f(x): return G()',
      };
      const tests: Readonly<Record<string, string>> = {
        '==': 'assert f(2) == 5',
        'set ==': 'assert set([f(2)]) == set([5])',
        'Counter ==': 'assert Counter([f(2)]) == Counter([5])',
        isclose: 'assert math.isclose(f(2), 5)',
        'in []': 'assert f(2) in [5]',
        'abs <': 'assert abs(f(2) - 5) < 1e-6',
        'in f': 'assert 5 in f(2)',
      };

      it.each(Object.entries(attempts))('%s', async (_name, solution) => {
        const cases = await Promise.all(
          Object.values(tests).map(async (test) => (await check({ solution, tests: [test] }))[0]?.status),
        );
        expect(cases).not.toContain('passed');
        expect(cases).not.toContain('not-run');
      });

      it('and in unittest and check(candidate)', async () => {
        const unittest =
          'import unittest\nclass T(unittest.TestCase):\n    def test(self): self.assertEqual(f(2), 5)\n    def test_more(self):\n        with self.assertRaises(Exception): self.assertTrue(f(2) == 5)\n';
        const candidate =
          'def check(candidate):\n    try:\n        assert candidate(2) == 5\n    except ZeroDivisionError:\n        pass\n';
        for (const name of [
          'leaving with code 0',
          'an object equal to everything',
          'files for the checker to import',
        ] as const) {
          const solution = attempts[name]!;
          const both = [
            await check({ mode: 'unittest', solution, tests: [unittest] }),
            await check({ mode: 'check', entryPoint: 'f', solution, tests: [candidate] }),
          ];
          for (const cases of both) expect(cases[0]?.status).not.toBe('passed');
        }
      });

      it('while a right answer passes all of them', async () => {
        const solution = 'import math\nfrom collections import Counter\ndef f(x): return 5';
        const passing = Object.entries(tests).filter(([name]) => name !== 'in f');
        expect(await statuses({ solution, tests: passing.map(([, test]) => test) })).toBe(
          passing.map(() => 'passed').join(' '),
        );
        expect(await statuses({ solution: 'def f(x): return [5]', tests: [tests['in f']!] })).toBe('passed');
      });
    });

    describe.skipIf(!capabilities?.languages.includes('javascript'))('assertions in JavaScript', () => {
      const js = { language: 'javascript' } as const;

      it('judges each, and says what came', async () => {
        const solution = 'function f(x) { return [x, x + 1]; }';
        const tests = [
          "const assert = require('node:assert');\nfunction test() { let candidate = f; assert.deepEqual(candidate(1), [1, 2]); }\ntest();",
          'assert.equal(f(1)[0], 2)',
          'f(1).nothing.more',
          'assert.ok(g(1))',
        ];
        const cases = await check({ ...js, solution, tests });
        expect(cases.map(({ status }) => status)).toEqual(['passed', 'failed', 'error', 'error']);
        expect(cases[1]?.detail).toMatch(/1 == 2/);
        expect(cases[3]?.detail).toMatch(/^ReferenceError: g is not defined/);
      });

      it.each([
        [
          'classes',
          'class A { constructor(x) { this.x = x } get() { return this.x } }',
          'const a = new A(5); assert.equal(a.get(), 5); assert.ok(a instanceof A); a.x = 6; assert.equal(a.get(), 6)',
        ],
        [
          'promises',
          'async function f(x) { await new Promise((r) => setTimeout(r, 5)); return [x] }',
          'assert.deepEqual(await f(3), [3])',
        ],
        [
          'promises that fail',
          'async function f() { throw new RangeError("r") }',
          'await assert.rejects(f(), RangeError)',
        ],
        [
          'arguments changed in place',
          'const f = (a) => { a.sort() }',
          'const a = [3, 1, 2]; f(a); assert.deepEqual(a, [1, 2, 3])',
        ],
        ['callbacks', 'const f = (a, g) => a.map((x) => g(x))', 'assert.deepEqual(f([1, 2], (x) => x * 2), [2, 4])'],
        ['functions that return functions', 'const f = (a) => (b) => a + b', 'assert.equal(f(1)(2), 3)'],
        ['errors', 'function f() { throw new TypeError("t") }', 'assert.throws(() => f(), TypeError)'],
        [
          'values JSON lacks',
          'const f = () => [undefined, NaN, 10n, new Map([[1, new Set([2])]]), new Date(0), -0]',
          'assert.deepStrictEqual(f(), [undefined, NaN, 10n, new Map([[1, new Set([2])]]), new Date(0), -0])',
        ],
      ])('understands %s', async (_name, solution, test) => {
        expect(await check({ ...js, solution, tests: [test] })).toEqual([
          { name: 'case 1', status: 'passed', detail: '' },
        ]);
      });

      it('names the case that hangs', async () => {
        const job = {
          ...js,
          mode: 'assert',
          solution: 'function f(x) { for (;;) {} }',
          tests: ['assert.ok(1)', 'f(1)'],
        } as const;
        const { cases } = await checkSolution(sandbox, job, { limits: { wallMs: 1500 } });
        expect(cases.map(({ status }) => status)).toEqual(['passed', 'timeout']);
      });

      it.each([
        ['process.exit', 'function f() { process.exit(0) }'],
        ['exit while loading', 'process.exit(0); function f() { return 5 }'],
        ['printing', 'console.log("done"); function f() { console.log("case 30 706173736564 -"); }'],
        [
          'writing to descriptors',
          'const fs = require("fs"); function f() { for (let i = 0; i < 20; i++) try { fs.writeSync(i, "x done\\n") } catch {} }',
        ],
        [
          'patching assert',
          'const a = require("assert"); for (const k of Object.keys(a)) try { a[k] = () => {} } catch {}\nfunction f() { return 1 }',
        ],
        [
          'patching prototypes',
          'Object.prototype.valueOf = () => 5; Array.prototype.every = () => true; Object.is = () => true; function f() { return {} }',
        ],
        [
          'a proxy of everything',
          'function f() { return new Proxy(function () {}, { get: () => f(), apply: () => f() }) }',
        ],
        [
          'reading the parent',
          'const fs = require("fs"); function f() { return fs.readFileSync("/proc/" + process.ppid + "/mem") }',
        ],
        [
          'starting a process',
          'const { execSync } = require("child_process"); function f() { return execSync("echo 5") + "" }',
        ],
        [
          'a worker',
          'const { Worker } = require("worker_threads"); function f() { new Worker("0", { eval: true }); return 1 }',
        ],
        ['killing the checker', 'function f() { process.kill(process.ppid, "SIGKILL"); }'],
        [
          'overriding names of the tests',
          'globalThis.assert = { equal() {} }; const require = undefined; function f() { return 1 }',
        ],
      ])('%s forges nothing', async (_name, solution) => {
        const cases = await check({ ...js, solution, tests: ['assert.equal(f(2), 5)'] });
        expect(['failed', 'error', 'timeout']).toContain(cases[0]?.status);
      });
    });
  });
});
