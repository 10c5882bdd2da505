import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CaseCheck } from './check-case.ts';
import type { MathCase } from './math-case.ts';

/** What became of one case. */
export interface CaseReport {
  /** `broken`: it threw, hung, or ended its process. */
  readonly outcome: CaseCheck['outcome'] | 'broken';
  readonly reason: string;
  /** Milliseconds of one verification. */
  readonly ms: number;
}

// A case without a budget that takes this long hangs.
const limitOfOthers = 30_000;
// The clock here runs ahead of the one beside the work by what a message takes.
const graceMs = 500;
const startLimitMs = 60_000;

/**
 * Checks cases in another process. A case that is still at work half a second after its budget is ended with its
 * process and reported as broken; the rest go on in a new one.
 */
export async function runCases(
  cases: readonly MathCase[],
  program = fileURLToPath(new URL('case-process.ts', import.meta.url)),
): Promise<CaseReport[]> {
  const reports: CaseReport[] = [];
  while (reports.length < cases.length) {
    const { ended, startedAt } = await runFrom(cases, reports, program);
    if (reports.length === cases.length) break;
    if (startedAt === undefined) throw new Error(`the process that checks math cases did not start: ${ended}`);
    reports.push({ outcome: 'broken', reason: ended, ms: performance.now() - startedAt });
  }
  return reports;
}

interface Ended {
  readonly ended: string;
  /** When the case began that it did not finish; `undefined` = it never got that far. */
  readonly startedAt: number | undefined;
}

// Adds a report per case until all are there or the process has ended.
async function runFrom(cases: readonly MathCase[], reports: CaseReport[], program: string): Promise<Ended> {
  const child = fork(program, [], {
    execArgv: ['--conditions=@rlloom/source', '--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let why: string | undefined;
  let startedAt: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  const watch = (limit: number, reason: string): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      why = reason;
      child.kill('SIGKILL');
    }, limit);
  };
  const watchNext = (): void => {
    const next = cases[reports.length];
    if (next === undefined) {
      clearTimeout(timer);
      return;
    }
    startedAt = performance.now();
    const limit = ('config' in next ? next.config.limit_ms : undefined) ?? limitOfOthers;
    watch(limit + graceMs, `hung: no verdict after ${limit} ms`);
  };
  watch(startLimitMs, `it took longer than ${startLimitMs} ms`);
  child.on('message', (message) => {
    if (why !== undefined) return;
    if (message === 'ready') child.send(cases.slice(reports.length));
    else reports.push(message as CaseReport);
    watchNext();
  });
  const ended = await end(child);
  clearTimeout(timer);
  return { ended: why ?? ended, startedAt };
}

async function end(child: ChildProcess): Promise<string> {
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4000);
  });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => {
      resolve(`its process ended with ${signal ?? code} ${errors.trim().split('\n').at(-1) ?? ''}`.trim());
    });
  });
}
