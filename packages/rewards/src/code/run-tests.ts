import { BrokenTests, type CheckedCase, type CheckJob, checkSolution, typescriptToJavascript } from '@rlloom/sandbox';
import type { BuiltProgram } from './build-program.ts';
import type { CodeTask } from './code-task.ts';
import { withoutExports } from './function-programs.ts';
import { runFunctionCases } from './run-function-cases.ts';
import { runInputCases } from './run-input-cases.ts';
import { NoVerdict, type RunContext, withLimits } from './run-limits.ts';

/** Runs a program against the tests of its task. */
export async function runTests(
  context: RunContext,
  { tests, prompt }: CodeTask,
  program: BuiltProgram & { readonly stopEarly: boolean },
): Promise<readonly CheckedCase[]> {
  const { language, stopEarly } = program;
  const code = language === 'typescript' ? await withoutTypes(program.code) : program.code;
  if (typeof code !== 'string') return [code];
  const plain = language === 'python' ? 'python' : 'javascript';
  switch (tests.kind) {
    case 'input':
      return runInputCases(context, { code, language: plain }, { cases: tests.cases, stopEarly });
    case 'function':
      return runFunctionCases(context, tests, { code, language: plain });
    case 'assert':
    case 'check':
    case 'unittest':
    case 'pytest': {
      const { entryPoint } = program;
      const solution = plain === 'javascript' ? withoutExports(code) : code;
      const shared = { language: plain, solution, prompt, entryPoint, stopEarly, mode: tests.kind } as const;
      return check(context, 'tests' in tests ? { ...shared, ...tests } : { ...shared, tests: [tests.test] });
    }
  }
}

async function check(context: RunContext, job: CheckJob): Promise<readonly CheckedCase[]> {
  if (context.sandbox.capabilities.isolation === 'quickjs') {
    throw new NoVerdict('assertions need Node: QuickJS runs only function and stdin cases');
  }
  const { cases } = await withLimits(context, async (limits) => {
    try {
      return await checkSolution(context.sandbox, job, { limits, signal: context.signal });
    } catch (error) {
      if (error instanceof BrokenTests) throw new NoVerdict(error.message, { cause: error });
      throw error;
    }
  });
  return cases;
}

/** JavaScript, or the outcome of a program that is no TypeScript. */
async function withoutTypes(code: string): Promise<string | CheckedCase> {
  const result = await typescriptToJavascript(code);
  return 'code' in result
    ? result.code
    : { status: 'error', name: 'case 1', detail: `the program does not load: ${result.problem}` };
}
