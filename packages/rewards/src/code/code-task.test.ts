import type { Task } from '@rlloom/spec';
import { describe, expect, it } from 'vitest';
import { buildProgram } from './build-program.ts';
import { codeSandboxDefaults } from './code-sandbox-defaults.ts';
import { type CodeTask, readCodeTask } from './code-task.ts';
import { hasProgramTests } from './has-program-tests.ts';

const read = (task: Partial<Task>, functionArguments: 'lines' | 'array' = 'lines', maxCases: number | null = null) =>
  readCodeTask({ id: '1', tag: 'code', messages: [], ...task }, { functionArguments, maxCases });

describe('readCodeTask', () => {
  it.each<[string, Partial<Task>, unknown]>([
    [
      'stdin cases',
      { testCases: [{ input: '1', expectedOutput: '2' }] },
      { kind: 'input', cases: [{ input: '1', expected: '2' }] },
    ],
    [
      'function cases, an argument on each line',
      { testCases: [{ input: '[1,2]\n3\n', expectedOutput: '4' }], extra: { fn_name: 'f' } },
      { kind: 'function', name: 'f', cases: [{ input: '[1,2]\n3\n', arguments: [[1, 2], 3], expected: '4' }] },
    ],
    [
      'the cases of verl',
      { groundTruth: { finalAnswer: '{"inputs": ["1", [2]], "outputs": ["2", [3]], "fn_name": "g"}' } },
      {
        kind: 'function',
        name: 'g',
        cases: [
          { input: '1', arguments: [1], expected: '2' },
          { input: '[2]', arguments: [[2]], expected: '[3]' },
        ],
      },
    ],
    [
      'HumanEval',
      { extra: { prompt: 'def f():\n', entry_point: 'f', test: 'def check(candidate):\n    pass' } },
      { kind: 'check', test: 'def check(candidate):\n    pass' },
    ],
    [
      'MBPP',
      { extra: { test_list: ['assert f(1)', ''], test_setup_code: 'x = 1', test_imports: ['import re'] } },
      { kind: 'assert', setup: 'import re\nx = 1', tests: ['assert f(1)'] },
    ],
    ['unittest', { extra: { test: 'import unittest' } }, { kind: 'unittest', test: 'import unittest' }],
    ['pytest', { extra: { test: 'def test_f():\n    pass' } }, { kind: 'pytest', test: 'def test_f():\n    pass' }],
    [
      'assertions as cases',
      { caseType: 'assert', testCases: [{ input: 'assert f(1) == 2', expectedOutput: '' }] },
      { kind: 'assert', setup: '', tests: ['assert f(1) == 2'] },
    ],
  ])('reads %s', (_name, task, tests) => {
    expect((read(task) as CodeTask).tests).toEqual(tests);
    expect(hasProgramTests({ id: '1', tag: 'code', messages: [], ...task })).toBe(true);
  });

  it('reads arguments from an array, and as many cases as asked for', () => {
    const testCases = [1, 2, 3].map((x) => ({ input: `[${x}, [${x}]]`, expectedOutput: `${x}` }));
    const { tests } = read({ testCases, extra: { fn_name: 'f' } }, 'array', 2) as CodeTask;
    expect(tests).toMatchObject({ cases: [{ arguments: [1, [1]] }, { arguments: [2, [2]] }] });
  });

  it('finds the reference solution', () => {
    const test = 'def check(candidate): pass';
    const human = { prompt: 'def f():\n', canonical_solution: '    return 1', entry_point: 'f', test };
    expect((read({ extra: human }) as CodeTask).reference).toBe('def f():\n    return 1');
    expect((read({ extra: { code: 'x', test_list: ['assert 1'] } }) as CodeTask).reference).toBe('x');
  });

  it.each<[Partial<Task>, RegExp]>([
    [{}, /no test_cases/],
    [{ caseType: 'magic' }, /case_type "magic" is none of input/],
    [{ caseType: 'toString' }, /case_type "toString"/],
    [{ caseType: 'function', testCases: [{ input: '1', expectedOutput: '1' }] }, /no fn_name/],
    [{ extra: { fn_name: 'f' }, testCases: [{ input: 'x', expectedOutput: '1' }] }, /not JSON: x/],
    [{ extra: { test: 'def check(candidate): pass' } }, /no entry_point/],
    [{ caseType: 'unittest' }, /no test/],
    [{ caseType: 'assert', extra: { test_list: [] } }, /no assertions/],
    [{ groundTruth: { finalAnswer: '{"inputs": 3}' } }, /no test_cases/],
  ])('says what %j lacks', (task, message) => {
    expect(read(task)).toMatch(message);
  });
});

describe('buildProgram', () => {
  const prompt = 'from typing import List\n\ndef f(x: int) -> int:\n    """Doubles."""\n';
  const task = read({ extra: { prompt, entry_point: 'f', test: 'def check(candidate): pass' } }) as CodeTask;
  const build = (code: string, { fenced = true, config = {} } = {}) =>
    buildProgram({ code, language: undefined, fenced }, task, { ...codeSandboxDefaults, ...config }).code;

  it('puts the imports of the prompt before a whole program', () => {
    expect(build('def f(x):\n    return 2 * x\n')).toBe('from typing import List\n\ndef f(x):\n    return 2 * x\n');
    expect(build('f = lambda x: 2 * x\n')).toBe('from typing import List\n\nf = lambda x: 2 * x\n');
  });

  it('lets a body continue the prompt', () => {
    expect(build('    return 2 * x\n', { fenced: false })).toBe(`${prompt}    return 2 * x\n`);
    expect(build('    return 2 * x\n')).toBe(`${prompt}    return 2 * x\n`);
    expect(build('return 2 * x', { fenced: false })).toBe(`${prompt}    return 2 * x`);
  });

  it('ends a continuation where its data set does', () => {
    const more = '    return 2 * x\n\nprint(f(2))\n';
    expect(build(more, { fenced: false })).toBe(`${prompt}    return 2 * x\n\n`);
    expect(build('    return 2 * x\n\n\ndef g(', { fenced: false })).toBe(`${prompt}    return 2 * x\n\n\n`);
  });

  it('does as told', () => {
    const whole = 'def f(x):\n    return 1\n';
    expect(build(whole, { config: { program: 'completion' } })).toBe(`${prompt}    ${whole}`);
    expect(build('    return 1', { config: { program: 'block' } })).toBe('from typing import List\n\n    return 1');
  });

  it('finds the function of MultiPL-E in its tests', () => {
    const extra = { language: 'js', prompt: 'function f(x){\n', tests: 'let candidate = f;\nassert(candidate(1));' };
    const js = read({ extra }) as CodeTask;
    const made = (code: string, fenced: boolean) =>
      buildProgram({ code, language: undefined, fenced }, js, codeSandboxDefaults);
    expect(made('  return x;\n}\nfunction g() {', false)).toEqual({
      code: 'function f(x){\n  return x;\n}\n',
      language: 'javascript',
      entryPoint: 'f',
    });
    expect(made('const f = (x) => x;', true).code).toBe('const f = (x) => x;');
  });
});
