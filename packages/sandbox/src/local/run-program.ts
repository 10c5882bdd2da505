import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { RlloomError } from '@rlloom/spec';
import { programFile } from '../programs/programs.ts';
import type { SandboxEnd, SandboxLanguage, SandboxLimits, SandboxResult, SandboxRun } from '../sandbox.ts';
import {
  decodeReport,
  encodeRequest,
  reportLength,
  type SupervisorHeader,
  type SupervisorReport,
} from '../supervisor/protocol.ts';
import { programEnvironment } from './environment.ts';
import type { Launch, LocalIsolation } from './isolation.ts';
import type { LanguagePlan } from './languages.ts';
import type { SlotUser } from './slots.ts';

/** Milliseconds a supervisor gets beyond the deadline to end the run by itself, and to report. */
const grace = 1500;
/** Milliseconds between asking a process to end and making it. */
const patience = 300;

/** A run with everything decided. */
export interface PreparedRun {
  readonly program: SandboxRun;
  readonly plan: LanguagePlan;
  readonly limits: SandboxLimits;
  readonly files: readonly (readonly [path: string, data: Buffer])[];
  /** Compiled Python to run instead of the text of the plan. */
  readonly compiled: Buffer | null;
}

/** Where a run goes, and what ends it early. */
interface RunPlace {
  readonly user: SlotUser | null;
  readonly signal: AbortSignal;
}

/**
 * Runs one program as `user`. Resolves when its processes are gone and nothing of it is left.
 *
 * Rejects with `RlloomError` `interrupted` on `signal`, `reward` when the sandbox itself failed.
 */
export async function runProgram(
  isolation: LocalIsolation,
  run: PreparedRun,
  { user, signal }: RunPlace,
): Promise<SandboxResult> {
  const start = performance.now();
  const deadline = process.hrtime.bigint() + BigInt(Math.ceil(run.limits.wallMs * 1e6));
  const boot = [isolation.toolchain.python.path, '-S', '-s', '-B', '-c', programFile('supervisor/boot.py')];
  const launch = await isolation.launch(run.limits, user, boot);
  try {
    const child = startProcess(launch, user);
    const header = headerOf(isolation, run, { user, folder: launch.folder, deadline: Number(deadline) });
    const code = run.compiled ?? Buffer.from(run.plan.code);
    const { supervisor } = isolation.toolchain.python.compiled;
    if (supervisor === undefined) throw new TypeError('the supervisor is not compiled');
    const seccomp = isolation.confine?.seccomp ?? Buffer.alloc(0);
    const stdin = Buffer.from(run.program.stdin ?? '');
    const request = encodeRequest(supervisor, header, { code, files: run.files, seccomp, stdin });
    const most = 2 * run.limits.outputBytes + run.limits.fileBytes + 65_536;
    const outcome = await conversation(child, request, { deadline: start + run.limits.wallMs, most, signal });
    return resultOf(outcome, run, performance.now() - start);
  } finally {
    await launch.ended();
  }
}

function startProcess(launch: Launch, user: SlotUser | null): ChildProcess {
  try {
    return spawn(launch.file, launch.args, {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', ...launch.descriptors],
      cwd: '/',
      env: programEnvironment(launch.folder),
      ...user,
    });
  } finally {
    launch.started();
  }
}

function headerOf(
  { toolchain, confine, countsProcesses }: LocalIsolation,
  { program, plan, limits, compiled }: PreparedRun,
  { user, folder, deadline }: { user: SlotUser | null; folder: string; deadline: number },
): SupervisorHeader {
  const memoryBytes = Math.floor(limits.memoryMb * 1024 * 1024);
  return {
    folder,
    argv: plan.argv,
    environment: programEnvironment(folder),
    main: plan.main,
    compiled: compiled !== null,
    sysPath: toolchain.python.searchPath,
    fetch: program.fetchFiles ?? [],
    deadline,
    cpuSeconds: limits.cpuSeconds,
    memoryBytes,
    addressSpace: plan.limitsAddresses ? memoryBytes : null,
    outputBytes: Math.floor(limits.outputBytes),
    fileBytes: Math.floor(limits.fileBytes),
    fileCount: 20_000,
    // One more for the supervisor, which counts as well.
    processes: Math.floor(limits.processes) + 1,
    countsProcesses: countsProcesses || user !== null,
    descriptors: 256,
    ownUser: user !== null,
    confined: confine !== null,
    readable: confine?.readable ?? [],
  };
}

interface Terms {
  /** On the clock of `performance`, milliseconds. */
  readonly deadline: number;
  /** Bytes a report may have. */
  readonly most: number;
  readonly signal: AbortSignal;
}

/** Sends the request and waits for report and end, whatever happens on the other side; `null` = killed at the deadline. */
function conversation(child: ChildProcess, request: Buffer, terms: Terms): Promise<SupervisorReport | null> {
  return new Promise((resolve, reject) => {
    const socket = child.stdio[3] as Socket | null;
    const chunks: Buffer[] = [];
    let complaint = '';
    let late = false;
    let failure: Error | undefined;
    let report: SupervisorReport | null = null;
    let received = 0;
    let expected: number | null = null;
    const timers = new Set<NodeJS.Timeout>();
    const after = (ms: number, work: () => void): void => {
      timers.add(setTimeout(work, ms));
    };

    const settle = (): void => {
      for (const timer of timers) clearTimeout(timer);
      terms.signal.removeEventListener('abort', onAbort);
      socket?.destroy();
      child.stderr?.destroy();
      if (terms.signal.aborted) reject(interrupted(terms.signal));
      else if (failure !== undefined) reject(failure);
      else if (report !== null || late) resolve(report);
      else reject(brokenSandbox(child, complaint));
    };
    /** Lets go of the supervisor, which then ends all; makes it, when it does not; waits no longer than that. */
    const end = (): void => {
      socket?.destroy();
      after(patience, () => {
        child.kill('SIGKILL');
        after(2000, settle);
      });
    };
    const onAbort = (): void => end();

    child.on('error', (error) => {
      failure = new RlloomError('reward', { what: `the sandbox does not start: ${error.message}`, cause: error });
      settle();
    });
    child.on('close', () => {
      settle();
    });
    child.stderr?.on('error', ignore).on('data', (chunk: Buffer) => {
      if (complaint.length < 2000) complaint += chunk.toString();
    });
    socket?.on('error', ignore).on('data', (chunk: Buffer) => {
      if (report !== null || failure !== undefined) return;
      chunks.push(chunk);
      received += chunk.length;
      try {
        if (received > terms.most) throw new RlloomError('reward', { what: 'the sandbox reports more than it may' });
        expected ??= reportLength(Buffer.concat(chunks));
        if (expected !== null && received >= expected) report = decodeReport(Buffer.concat(chunks));
      } catch (error) {
        failure = error as Error;
      }
      if (report !== null || failure !== undefined) after(1000, end);
    });
    socket?.write(request);
    after(Math.max(0, terms.deadline - performance.now()) + grace, () => {
      late = true;
      end();
    });
    if (terms.signal.aborted) end();
    else terms.signal.addEventListener('abort', onAbort, { once: true });
  });
}

function resultOf(report: SupervisorReport | null, run: PreparedRun, wallMs: number): SandboxResult {
  if (report === null) {
    const nothing = {
      exitCode: null,
      signal: null,
      stdout: '',
      stderr: '',
      cpuMs: null,
      peakMemoryMb: null,
      files: {},
    };
    return { ...nothing, end: 'timeout', wallMs };
  }
  const stdout = report.stdout.toString('utf8');
  const stderr = report.stderr.toString('utf8');
  const end = endOf(report, stderr, run.program.language);
  const names = run.program.fetchFiles ?? [];
  const files = report.files.map(([index, data]) => [names[index] ?? '', new Uint8Array(data)] as const);
  return {
    end,
    exitCode: end === 'exited' ? report.exitCode : null,
    signal: end === 'signal' ? report.signal : null,
    stdout,
    stderr,
    wallMs,
    cpuMs: report.cpuMs,
    peakMemoryMb: report.peakMemoryBytes / 2 ** 20,
    files: Object.fromEntries(files),
  };
}

/** A program that stopped because it got no more memory says so on stderr, in the words of its language. */
function endOf(report: SupervisorReport, stderr: string, language: SandboxLanguage): SandboxEnd {
  const failed = (report.end === 'exited' && report.exitCode !== 0) || report.end === 'signal';
  if (!failed) return report.end;
  const words =
    language === 'javascript' || language === 'typescript' ? /JavaScript heap out of memory/ : /^MemoryError\b/m;
  return words.test(stderr.slice(-4096)) ? 'memory' : report.end;
}

function brokenSandbox(child: ChildProcess, complaint: string): RlloomError {
  const how = child.signalCode === null ? `with exit code ${String(child.exitCode)}` : `by ${child.signalCode}`;
  const words = complaint.trim().split('\n').slice(-3).join(' ').slice(0, 500);
  return new RlloomError('reward', {
    what: `the sandbox ended ${how} and without a report${words === '' ? '' : `: ${words}`}`,
    fix: 'see `rlloom doctor`',
  });
}

/** The error of a run whose signal was aborted. */
export function interrupted(signal: AbortSignal): RlloomError {
  return new RlloomError('interrupted', { what: 'the run in the sandbox was ended', cause: signal.reason });
}

const ignore = (): void => undefined;
