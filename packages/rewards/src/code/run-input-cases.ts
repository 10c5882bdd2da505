import { type CheckedCase, describeEnd, type SandboxLanguage } from '@rlloom/sandbox';
import { outputsMatch } from './compare-output.ts';
import { excerpt } from './excerpt.ts';
import { isTimeout, type RunContext, runProgram } from './run-limits.ts';

/** A case of a program that reads stdin and prints. */
export interface InputCase {
  readonly input: string;
  readonly expected: string;
}

/**
 * Runs a program once for each case and compares what it printed, here on the host: what is expected never enters the
 * sandbox. A program that exits with another code than 0 has failed, whatever it printed.
 *
 * @param program its code and language
 * @param stopEarly leaves out what has not begun when a case failed
 * @returns outcomes in the order of the cases
 */
export async function runInputCases(
  context: RunContext,
  program: { readonly code: string; readonly language: SandboxLanguage },
  { cases, stopEarly }: { readonly cases: readonly InputCase[]; readonly stopEarly: boolean },
): Promise<CheckedCase[]> {
  const outcomes = cases.map(
    (_, index): CheckedCase => ({ status: 'not-run', name: `case ${index + 1}`, detail: 'not run' }),
  );
  let next = 0;
  let failed = false;
  const work = async (): Promise<void> => {
    while (next < cases.length && !(failed && stopEarly)) {
      const index = next++;
      const outcome = await runCase(context, program, { ...cases[index]!, name: `case ${index + 1}` });
      outcomes[index] = outcome;
      failed ||= outcome.status !== 'passed';
    }
  };
  await Promise.all(Array.from({ length: Math.min(context.config.caseConcurrency, cases.length) }, work));
  return outcomes;
}

async function runCase(
  context: RunContext,
  { code, language }: { readonly code: string; readonly language: SandboxLanguage },
  { input, expected, name }: InputCase & { readonly name: string },
): Promise<CheckedCase> {
  const result = await runProgram(context, { language, code, stdin: input });
  const on = `on input ${excerpt(input, 80)}`;
  if (isTimeout(result)) return { status: 'timeout', name, detail: `${on} ${describeEnd(result)}` };
  if (result.end !== 'exited' || result.exitCode !== 0) {
    return { status: 'error', name, detail: `${on} ${describeEnd(result)}` };
  }
  if (outputsMatch(result.stdout, expected, context.config)) return { status: 'passed', name, detail: '' };
  const detail = `${on} it printed ${excerpt(result.stdout) || 'nothing'}, expected ${excerpt(expected) || 'nothing'}`;
  return { status: 'failed', name, detail };
}
