import { randomBytes } from 'node:crypto';
import { joinedProgram } from '../programs/programs.ts';
import type { Sandbox, SandboxEnd, SandboxLimits, SandboxResult, SandboxRun } from '../sandbox.ts';
import { encodeCheckerInput } from './checker-input.ts';
import { type CheckerLine, checkerLines } from './checker-report.ts';

/** A solution and its tests. */
export interface CheckJob {
  readonly language: 'python' | 'javascript';
  readonly solution: string;
  /**
   * `assert`: each of `tests` is a case. `check`: the test defines `check(candidate)`. `unittest`, `pytest`: each test
   * found is a case. JavaScript has `assert` only.
   */
  readonly mode: 'assert' | 'check' | 'unittest' | 'pytest';
  readonly tests: readonly string[];
  /** Run after the solution is loaded, before the first test. */
  readonly setup?: string;
  /** Trusted Python whose names the tests may use: imports and helpers that were given with the exercise. */
  readonly prompt?: string;
  /** The function asked for. */
  readonly entryPoint?: string | undefined;
  /** Ends with the first case that fails. */
  readonly stopEarly?: boolean;
}

/** How one case went. */
export interface CheckedCase {
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'error' | 'timeout' | 'not-run';
  /** What was expected and what came; empty for a case that passed. */
  readonly detail: string;
}

/** What a check found. */
export interface CheckReport {
  readonly cases: readonly CheckedCase[];
  /** The run itself. */
  readonly result: SandboxResult;
}

/** Thrown when the tests, not the solution, are at fault. */
export class BrokenTests extends Error {}

/**
 * Runs tests against a solution nobody has read, so that the solution cannot forge the verdict: tests and solution are
 * two processes of one run, see `programs/python-checker/main.py`. A solution that hangs, ends the process or breaks the protocol fails the
 * case it was at.
 *
 * @returns at least one case
 * @throws BrokenTests when the tests do not compile or need what is not supported; an error when the sandbox fails
 * @example
 * ```ts
 * // The second case fails: got 'aa', expected 'aaa'.
 * const { cases } = await checkSolution(sandbox, {
 *   language: 'python',
 *   mode: 'assert',
 *   solution: 'def double(x):\n    return 2 * x',
 *   tests: ['assert double(2) == 4', 'assert double("a") == "aaa"'],
 * });
 * ```
 */
export async function checkSolution(
  sandbox: Sandbox,
  job: CheckJob,
  { limits = {}, signal }: { readonly limits?: Partial<SandboxLimits>; readonly signal?: AbortSignal } = {},
): Promise<CheckReport> {
  const nonce = randomBytes(18).toString('hex');
  const program = { ...programOf(job, nonce), limits };
  const result = await sandbox.run(program, signal === undefined ? {} : { signal });
  const names = job.mode === 'assert' ? job.tests.map((_, index) => `case ${index + 1}`) : [];
  return { cases: readCases(result, nonce, names), result };
}

/** Names by which tests import the solution, beside `solution`. */
const moduleNames = ['main', 'your_module', 'my_module'];

/** Costly modules of the library that only define things. */
const loadable: ReadonlySet<string> = new Set([
  'typing',
  're',
  'collections',
  'functools',
  'dataclasses',
  'enum',
  'decimal',
  'fractions',
  'datetime',
  'random',
  'statistics',
  'string',
  'copy',
  'heapq',
]);

/** Of those, the ones the prompt imports: the solution will too. */
function commonModules(prompt: string): string[] {
  const named = prompt.matchAll(/^(?:from|import)[ \t]+(\w+)/gm);
  return [...new Set([...named].map(([, name]) => name!))].filter((name) => loadable.has(name));
}

/** The program that judges Python; sandboxes that know it have it compiled. */
export const pythonChecker = 'python-checker/main.py';

/** A file name for the second process. */
const hostFile = 'solution-host.js';

function programOf(job: CheckJob, nonce: string): SandboxRun {
  const { language, solution, mode, tests, setup = '', prompt = '', entryPoint = null, stopEarly = false } = job;
  if (language === 'python') {
    const input = { nonce, mode, solution, prelude: prompt, setup, tests, entry: entryPoint, modules: moduleNames };
    const stdin = encodeCheckerInput({ ...input, stop: stopEarly }).toString('utf8');
    return { language, code: joinedProgram(pythonChecker), stdin: `${commonModules(prompt).join(' ')}\n${stdin}` };
  }
  if (mode !== 'assert')
    throw new BrokenTests(`tests of the kind "${mode}" are for Python, the solution is ${language}`);
  const code = tests.map((test) => `${setup}\n${test}`);
  const stdin = JSON.stringify({ nonce, solution, tests: code, stop: stopEarly, host: hostFile });
  const files = { [hostFile]: joinedProgram('javascript-checker/host.cjs') };
  return { language, code: joinedProgram('javascript-checker/main.cjs'), files, stdin };
}

/** A checker that was ended has judged the cases before; the next one is the culprit. */
function readCases(result: SandboxResult, nonce: string, names: readonly string[]): CheckedCase[] {
  const lines = checkerLines(result.stdout, nonce);
  const broken = lines.find(({ word }) => word === 'broken');
  if (broken !== undefined) throw new BrokenTests(broken.fields[0] ?? 'the tests are broken');
  const cases = lines.filter(({ word }) => word === 'case').map((line, index) => readCase(line, names[index]));
  const nameAt = (index: number): string => names[index] ?? `case ${index + 1}`;
  const culprit = culpritOf(lines, result);
  if (culprit !== undefined) cases.push({ ...culprit, name: nameAt(cases.length) });
  while (cases.length < names.length) cases.push({ name: nameAt(cases.length), status: 'not-run', detail: 'not run' });
  return cases;
}

function readCase({ fields }: CheckerLine, known: string | undefined): CheckedCase {
  const [written = '', status = '', detail = ''] = fields;
  const name = known ?? (/^\d+$/.test(written) ? `case ${Number(written) + 1}` : written);
  switch (status) {
    case 'passed':
      return { name, status, detail: '' };
    case 'skipped':
      return { name, status: 'passed', detail: `skipped: ${detail}` };
    case 'failed':
      return { name, status, detail: detail === '' ? 'the assertion failed' : detail };
    default:
      return { name, status: 'error', detail };
  }
}

/** What ended a checker before it was done; `undefined` when it was. */
function culpritOf(lines: readonly CheckerLine[], result: SandboxResult): Omit<CheckedCase, 'name'> | undefined {
  for (const { word, fields } of lines) {
    const [detail = ''] = fields;
    if (word === 'unloaded') return { status: 'error', detail: `the program does not load: ${detail}` };
    if (word === 'unset') return { status: 'error', detail: `the setup of the tests fails: ${detail}` };
    if (word === 'ended') return { status: 'error', detail };
    if (word === 'done') return undefined;
  }
  const detail = describeEnd(result);
  // A solution can neither speak nor exit for the checker, so this is no doing of it.
  if (lines.length === 0 && result.end === 'exited') throw new Error(`the checker did not start: ${detail}`);
  return { status: result.end === 'timeout' || result.end === 'cpu' ? 'timeout' : 'error', detail };
}

const endings: Readonly<Record<Exclude<SandboxEnd, 'exited' | 'signal'>, string>> = {
  timeout: 'it took longer than the time limit',
  cpu: 'it used more processor time than it may',
  memory: 'it used more memory than it may',
  output: 'it printed more than it may',
  files: 'it wrote more files than it may',
};

/** How a run ended, for people: `it took longer than the time limit`, `it exited with code 1: <last line of stderr>`. */
export function describeEnd({ end, exitCode, signal, stderr }: SandboxResult): string {
  if (end === 'signal') return `it was killed by ${signal ?? 'a signal'}`;
  if (end !== 'exited') return endings[end];
  const last = stderr.trim().split('\n').at(-1) ?? '';
  return `it exited with code ${exitCode}${last === '' ? '' : `: ${last.slice(0, 300)}`}`;
}
