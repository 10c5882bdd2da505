import type { CheckedCase, Sandbox } from '@rlloom/sandbox';
import type { RewardContext, RewardFunction, RewardRequest, RewardResult } from '@rlloom/spec';
import { type BuiltProgram, buildProgram } from './build-program.ts';
import { type CodeSandboxConfig, codeSandboxDefaults } from './code-sandbox-defaults.ts';
import { type CodeTask, readCodeTask } from './code-task.ts';
import { excerpt } from './excerpt.ts';
import { extractCode } from './extract-code.ts';
import { measureEfficiency } from './measure-efficiency.ts';
import { NoVerdict, type RunContext } from './run-limits.ts';
import { runTests } from './run-tests.ts';
import { sharedSandbox } from './shared-sandbox.ts';
import { codeStyle } from './style/code-style.ts';

/** Beside the configuration. */
export interface CodeSandboxResources {
  /** Where programs run, instead of the sandbox the configuration names; the caller closes it. */
  readonly sandbox?: Sandbox;
}

/**
 * The `code_sandbox` reward: runs the program of a response against the tests of its task, in a sandbox. `correct` =
 * all cases pass. The score is the weighted mean of the parts `correctness` (1, 0, or the share of the cases, see
 * `credit`), `efficiency` and `style`, of those with a weight. Efficiency needs a correct program and a record with a
 * reference solution and `efficiency: { make_input, n }`; where the record has none, the other parts count alone. An
 * incorrect program has efficiency 0.
 *
 * A program that fails, hangs or uses too much is `incorrect`, with the case that shows it as the reason. When the
 * sandbox or the tests fail, nothing is known about the program: `unverifiable`.
 *
 * @returns a reward whose results have the parts `correctness`, `pass_rate` and, if weighted, `efficiency` and `style`
 */
export function codeSandboxReward(
  options: Partial<CodeSandboxConfig> = {},
  { sandbox }: CodeSandboxResources = {},
): RewardFunction {
  const config: CodeSandboxConfig = { ...codeSandboxDefaults, ...options };
  return async (request, context) => {
    try {
      return await judge(request, context, { config, sandbox });
    } catch (error) {
      if (error instanceof NoVerdict) return unverifiable(error.message);
      throw error;
    }
  };
}

async function judge(
  { task, responseText, stopReason }: RewardRequest,
  { signal, deadline }: RewardContext,
  { config, sandbox }: { readonly config: CodeSandboxConfig; readonly sandbox: Sandbox | undefined },
): Promise<RewardResult> {
  const codeTask = readCodeTask(task, config);
  if (typeof codeTask === 'string') return unverifiable(codeTask);
  const wanted = config.language === 'auto' ? codeTask.language : config.language;
  const extracted = extractCode(responseText, wanted, config);
  const cut = stopReason === 'length' ? ['the response was cut at the token limit'] : [];
  if (extracted === undefined) {
    const reasons = [missingCode(responseText, config), ...cut];
    return { verdict: 'incorrect', score: 0, parts: { correctness: 0, pass_rate: 0 }, reasons };
  }
  const run: RunContext = { sandbox: sandbox ?? (await sharedSandbox(config)), config, signal, deadline };
  const program = buildProgram(extracted, codeTask, config);
  const { weights, credit } = config;
  const stopEarly = config.stopEarly ?? credit === 'all-or-nothing';
  const outcomes = await runTests(run, codeTask, { ...program, stopEarly });
  const passed = outcomes.filter(({ status }) => status === 'passed').length;
  const passRate = passed / outcomes.length;
  const correct = passed === outcomes.length;
  const parts: Part[] = [
    {
      name: 'correctness',
      weight: weights.correctness,
      value: credit === 'share' ? passRate : Number(correct),
      reasons: [],
    },
  ];
  if (weights.efficiency > 0) parts.push(await efficiencyPart(run, { codeTask, program, correct }));
  if (weights.style > 0) {
    const { score, findings } = await codeStyle(run, { ...program, code: extracted.code });
    const reasons = findings.map((finding) => `style: ${finding}`);
    parts.push({ name: 'style', weight: weights.style, value: score, reasons });
  }
  return {
    verdict: correct ? 'correct' : 'incorrect',
    score: weightedMean(parts),
    parts: { pass_rate: passRate, ...Object.fromEntries(parts.map(({ name, value }) => [name, value])) },
    reasons: [...describe(outcomes, passed), ...parts.flatMap(({ reasons }) => reasons), ...(correct ? [] : cut)],
  };
}

interface Part {
  readonly name: string;
  readonly weight: number;
  /** `null` = the record has nothing to measure it by. */
  readonly value: number | null;
  readonly reasons: readonly string[];
}

async function efficiencyPart(
  run: RunContext,
  {
    codeTask,
    program,
    correct,
  }: { readonly codeTask: CodeTask; readonly program: BuiltProgram; readonly correct: boolean },
): Promise<Part> {
  const part = { name: 'efficiency', weight: run.config.weights.efficiency };
  const { reference, efficiency, tests } = codeTask;
  if (reference === undefined || efficiency === undefined || program.language !== 'python') {
    const reason = 'efficiency: not measured, the record has no reference solution or no efficiency input';
    return { ...part, value: null, reasons: [reason] };
  }
  if (!correct) return { ...part, value: 0, reasons: [] };
  const measured = await measureEfficiency(run, {
    ...efficiency,
    reference,
    solution: program.code,
    functionName: tests.kind === 'input' ? undefined : tests.kind === 'function' ? tests.name : program.entryPoint,
  });
  return { ...part, value: measured.score, reasons: [measured.reason] };
}

function weightedMean(parts: readonly Part[]): number {
  const counted = parts.filter(({ value }) => value !== null);
  const total = counted.reduce((sum, { weight }) => sum + weight, 0);
  return total === 0 ? 0 : counted.reduce((sum, { weight, value }) => sum + weight * value!, 0) / total;
}

function describe(outcomes: readonly CheckedCase[], passed: number): string[] {
  const failures = outcomes.filter(({ status }) => status !== 'passed' && status !== 'not-run');
  const left = outcomes.filter(({ status }) => status === 'not-run').length;
  const summary = `${passed} of ${outcomes.length} cases pass${left > 0 ? `, ${left} were not run` : ''}`;
  return [
    summary,
    ...failures.slice(0, 3).map(({ name, status, detail }) => `${name} (${status}): ${excerpt(detail, 600)}`),
  ];
}

function missingCode(response: string, { reasoningDelimiter }: CodeSandboxConfig): string {
  if (response.trim() === '') return 'no code: the response is empty';
  if (reasoningDelimiter !== null && !response.includes(reasoningDelimiter)) {
    return `no code: "${reasoningDelimiter}" is missing`;
  }
  return 'no code: there is no code block in the right language';
}

function unverifiable(reason: string): RewardResult {
  return { verdict: 'unverifiable', score: null, parts: { correctness: null }, reasons: [reason] };
}
