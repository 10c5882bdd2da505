import { randomBytes } from 'node:crypto';
import { type CheckedCase, describeEnd } from '@rlloom/sandbox';
import type { CodeTests } from './code-task.ts';
import { parseJsonValue, valuesMatch } from './compare-values.ts';
import { excerpt } from './excerpt.ts';
import { javascriptFunctionProgram, pythonFunctionProgram } from './function-programs.ts';
import { isTimeout, NoVerdict, type RunContext, runProgram } from './run-limits.ts';

/**
 * Calls a function of a solution with the arguments of each case, all in one run, and compares what it returned here
 * on the host. A function that never returns costs the cases after it too. Python tuples and sets count as lists, sets
 * in order.
 *
 * @returns outcomes in the order of the cases
 */
export async function runFunctionCases(
  context: RunContext,
  { name, cases }: Extract<CodeTests, { kind: 'function' }>,
  program: { readonly code: string; readonly language: 'python' | 'javascript' },
): Promise<CheckedCase[]> {
  if (!/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name)) throw new NoVerdict(`"${name}" cannot be the name of a function`);
  const nonce = randomBytes(18).toString('hex');
  const calls = cases.map((testCase) => testCase.arguments);
  const { code, language } = program;
  const result = await runProgram(
    context,
    language === 'python'
      ? { language, code: pythonFunctionProgram, stdin: JSON.stringify({ nonce, code, name, calls }) }
      : { language, code: javascriptFunctionProgram(code, { nonce, name, calls: JSON.stringify(calls) }) },
  );
  const lines = result.stdout.split('\n').slice(0, -1);
  const answers = lines
    .filter((line) => line.startsWith(`${nonce} `))
    .map((line) => answerOf(line.slice(nonce.length)));
  const first = answers.shift();
  const why = (): string =>
    first?.error === undefined ? describeEnd(result) : `the program does not load: ${first.error}`;
  const stopped = isTimeout(result) ? 'timeout' : 'error';
  return cases.map((testCase, index): CheckedCase => {
    const caseName = `case ${index + 1}`;
    const answer = answers[index];
    const on = `on ${excerpt(testCase.input, 80)}`;
    if (answer === undefined) {
      return index === answers.length
        ? { status: stopped, name: caseName, detail: `${on} ${why()}` }
        : { status: 'not-run', name: caseName, detail: 'not run' };
    }
    if (answer.error !== undefined) return { status: 'error', name: caseName, detail: `${on} ${answer.error}` };
    if (matches(answer.value, testCase.expected, context)) return { status: 'passed', name: caseName, detail: '' };
    const got = excerpt(JSON.stringify(answer.value) ?? 'nothing');
    return {
      status: 'failed',
      name: caseName,
      detail: `${on} it returned ${got}, expected ${excerpt(testCase.expected)}`,
    };
  });
}

interface Answer {
  readonly value: unknown;
  readonly error: string | undefined;
}

/** What a line says; a line that is no answer is an answer that is wrong. */
function answerOf(text: string): Answer {
  const parsed = parseJsonValue(text)?.value;
  if (typeof parsed !== 'object' || parsed === null) return { value: undefined, error: 'it answered nonsense' };
  const { value, error } = parsed as Readonly<Record<string, unknown>>;
  return { value, error: typeof error === 'string' ? error : undefined };
}

/** A text that is no JSON is meant literally; a list around the one value expected is how some data sets write it. */
function matches(got: unknown, expected: string, { config }: RunContext): boolean {
  const parsed = parseJsonValue(expected);
  if (parsed === undefined) return got === expected;
  return (
    valuesMatch(got, parsed.value, config.floatTolerance) ||
    (typeof got === 'string' && got === expected && typeof parsed.value !== 'string')
  );
}
