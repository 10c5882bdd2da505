import type { Task } from '@rlloom/spec';
import type { CodeLanguage } from './code-sandbox-defaults.ts';
import { parseJsonValue } from './compare-values.ts';

/** What a program is run against. */
export type CodeTests =
  | { readonly kind: 'input'; readonly cases: readonly { readonly input: string; readonly expected: string }[] }
  | {
      readonly kind: 'function';
      readonly name: string;
      readonly cases: readonly {
        readonly input: string;
        readonly arguments: readonly unknown[];
        readonly expected: string;
      }[];
    }
  | { readonly kind: 'assert'; readonly setup: string; readonly tests: readonly string[] }
  | { readonly kind: 'check' | 'unittest' | 'pytest'; readonly test: string };

/** What a record says about its program. */
export interface CodeTask {
  readonly tests: CodeTests;
  /** What the record says; `undefined` = nothing. */
  readonly language: CodeLanguage | undefined;
  /** Code the program continues; empty when there is none. */
  readonly prompt: string;
  /** The function asked for. */
  readonly entryPoint: string | undefined;
  /** A reference solution: a whole program. */
  readonly reference: string | undefined;
  /** Python that defines `make_input(n)`, for efficiency. */
  readonly efficiency: { readonly makeInput: string; readonly n: number } | undefined;
}

/** How a record is read. */
export interface CodeTaskOptions {
  readonly functionArguments: 'lines' | 'array';
  readonly maxCases: number | null;
}

const languages: Readonly<Record<string, CodeLanguage>> = {
  python: 'python',
  py: 'python',
  python3: 'python',
  javascript: 'javascript',
  js: 'javascript',
  nodejs: 'javascript',
  typescript: 'typescript',
  ts: 'typescript',
};

const kinds: Readonly<Record<string, CodeTests['kind']>> = {
  input: 'input',
  stdin: 'input',
  stdin_stdout: 'input',
  function: 'function',
  functional: 'function',
  assert: 'assert',
  check: 'check',
  unittest: 'unittest',
  pytest: 'pytest',
};

/**
 * The program tests of a record, from `case_type`, `test_cases` and the fields of HumanEval (`prompt`, `entry_point`,
 * `test`, `canonical_solution`), MBPP (`test_list`, `test_setup_code`, `test_imports`, `code`), MultiPL-E (`tests`,
 * `language`) and verl (`{ inputs, outputs, fn_name }` as `ground_truth`).
 *
 * @returns why not, as a text, when a record has nothing to test with
 */
export function readCodeTask(task: Task, options: CodeTaskOptions): CodeTask | string {
  const extra = task.extra ?? {};
  const text = (...keys: string[]): string | undefined => {
    for (const key of keys) if (typeof extra[key] === 'string' && extra[key] !== '') return extra[key];
    return undefined;
  };
  const tests = readTests(task, text, options);
  if (typeof tests === 'string') return tests;
  const prompt = text('prompt') ?? '';
  const entryPoint = text('entry_point', 'fn_name');
  const language = text('language', 'lang', 'code_language');
  const solution = text('canonical_solution');
  return {
    tests,
    language: language === undefined ? undefined : languages[language.toLowerCase()],
    // Only code is a prompt in this sense; other records keep the words of the exercise there.
    prompt: tests.kind === 'check' || isMultiPlE(extra) ? prompt : '',
    entryPoint,
    reference:
      text('reference', 'reference_solution', 'code') ?? (solution === undefined ? undefined : `${prompt}${solution}`),
    efficiency: readEfficiency(extra['efficiency']),
  };
}

/** The cases of a task in a form, or nothing. */
type TextField = (...keys: string[]) => string | undefined;

function readTests(task: Task, text: TextField, options: CodeTaskOptions): CodeTests | string {
  const kind = kindOf(task, text);
  if (typeof kind === 'object') return kind.problem;
  const cases = casesOf(task).slice(0, options.maxCases ?? undefined);
  const test = text('test', 'tests', 'test_code', 'assert_code') ?? cases.map(({ input }) => input).join('\n');
  switch (kind) {
    case 'input':
      return cases.length > 0
        ? { kind, cases: cases.map(({ input, expectedOutput }) => ({ input, expected: expectedOutput })) }
        : 'the record has no test_cases';
    case 'function':
      return functionTests(cases, text('fn_name', 'entry_point', 'function_name') ?? fnNameOf(task), options);
    case 'assert': {
      const list = task.extra?.['test_list'] ?? task.extra?.['assert_list'];
      const written = isTextList(list) ? list : text('test', 'tests', 'test_code', 'assert_code');
      const statements =
        written === undefined ? cases.map(({ input }) => input) : typeof written === 'string' ? [written] : written;
      const imports = task.extra?.['test_imports'];
      const setup = [...(isTextList(imports) ? imports : []), text('test_setup_code') ?? ''].join('\n');
      const tests = statements.filter((statement) => statement.trim() !== '').slice(0, options.maxCases ?? undefined);
      return tests.length > 0 ? { kind, setup, tests } : 'the record has no assertions (test_list, test or test_cases)';
    }
    case 'check':
      if (text('entry_point') === undefined) return 'the record has a check(candidate) but no entry_point';
      return test.trim() === '' ? 'the record has no test' : { kind, test };
    case 'unittest':
    case 'pytest':
      return test.trim() === '' ? 'the record has no test' : { kind, test };
  }
}

function kindOf(task: Task, text: TextField): CodeTests['kind'] | { readonly problem: string } {
  if (task.caseType !== undefined) {
    const kind = Object.hasOwn(kinds, task.caseType) ? kinds[task.caseType] : undefined;
    return kind ?? { problem: `case_type "${task.caseType}" is none of ${Object.keys(kinds).join(', ')}` };
  }
  const test = text('test', 'tests', 'test_code') ?? '';
  if (isMultiPlE(task.extra ?? {})) return 'assert';
  if (/^def check\(/m.test(test)) return 'check';
  if (/\bunittest\b/.test(test)) return 'unittest';
  if (/^(?: {4}|\t)?def test_?\w*\(/m.test(test)) return 'pytest';
  if (test !== '' || isTextList(task.extra?.['test_list'])) return 'assert';
  if ((text('fn_name') ?? fnNameOf(task)) !== undefined) return 'function';
  return 'input';
}

function isMultiPlE(extra: Readonly<Record<string, unknown>>): boolean {
  return typeof extra['tests'] === 'string' && typeof extra['prompt'] === 'string' && extra['language'] === 'js';
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string');
}

interface Case {
  readonly input: string;
  readonly expectedOutput: string;
}

/** `test_cases`, or verl's `{ inputs, outputs }` written into the reference answer. */
function casesOf(task: Task): readonly Case[] {
  if (task.testCases !== undefined) return task.testCases;
  const truth = verlTruth(task);
  if (truth === undefined) return [];
  const { inputs, outputs } = truth;
  if (!Array.isArray(inputs) || !Array.isArray(outputs)) return [];
  return inputs.map((input: unknown, index) => ({ input: asText(input), expectedOutput: asText(outputs[index]) }));
}

function fnNameOf(task: Task): string | undefined {
  const name = verlTruth(task)?.['fn_name'];
  return typeof name === 'string' ? name : undefined;
}

function verlTruth(task: Task): Readonly<Record<string, unknown>> | undefined {
  const written = task.groundTruth?.finalAnswer.trim();
  if (written?.startsWith('{') !== true) return undefined;
  try {
    return JSON.parse(written) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? '');
}

function functionTests(
  cases: readonly Case[],
  name: string | undefined,
  { functionArguments }: CodeTaskOptions,
): CodeTests | string {
  if (name === undefined) return 'the record has function cases but no fn_name';
  if (cases.length === 0) return 'the record has no test_cases';
  const read = [];
  for (const { input, expectedOutput } of cases) {
    const values = readArguments(input, functionArguments);
    if (values === undefined) return `the input of a function case is not JSON: ${input.slice(0, 80)}`;
    read.push({ input, arguments: values, expected: expectedOutput });
  }
  return { kind: 'function', name, cases: read };
}

function readArguments(input: string, form: 'lines' | 'array'): readonly unknown[] | undefined {
  if (form === 'array') {
    const list = parseJsonValue(input)?.value;
    return Array.isArray(list) ? list : undefined;
  }
  const values: unknown[] = [];
  for (const line of input.split('\n').filter((part) => part.trim() !== '')) {
    const parsed = parseJsonValue(line);
    if (parsed === undefined) return undefined;
    values.push(parsed.value);
  }
  return values;
}

function readEfficiency(value: unknown): CodeTask['efficiency'] {
  if (typeof value !== 'object' || value === null) return undefined;
  const { make_input: makeInput, n } = value as Readonly<Record<string, unknown>>;
  return typeof makeInput === 'string' && typeof n === 'number' && Number.isInteger(n) && n > 0
    ? { makeInput, n }
    : undefined;
}
