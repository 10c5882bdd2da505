import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { RlloomError } from '@rlloom/spec';
import type { MathOracle, OracleAnswer, OracleQuestion } from './math-oracle.ts';
import { pythonProgram } from './python-program.ts';

/** Options of `createPythonOracle`. */
export interface PythonOracleOptions {
  /** A Python in which `import math_verify` works. Default `python3`. */
  readonly python?: string;
  /** Time for one question, after which the process is ended and a new one started for the next. Default 5000. */
  readonly timeoutMs?: number;
  /** Time for the process to start. Default 60 000: its libraries take seconds to load. */
  readonly startTimeoutMs?: number;
}

/**
 * Asks the real math-verify, in a Python process that is started with the first question and stays. Questions are
 * answered one after the other. The process does not keep a program from ending.
 *
 * @example
 * ```ts
 * const oracle = createPythonOracle({ python: '.venv/bin/python' });
 * const { isCorrect } = await oracle.ask({ answer: '\\int_0^1 2x \\, dx', reference: '1' });
 * oracle.close();
 * ```
 */
export function createPythonOracle(options: PythonOracleOptions = {}): MathOracle {
  const { python = 'python3', timeoutMs = 5000, startTimeoutMs = 60_000 } = options;
  let running: Promise<PythonProcess> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  const stop = (): void => {
    void running?.then(
      (python) => python.end(),
      () => undefined,
    );
    running = undefined;
  };

  const askNow = async (question: OracleQuestion): Promise<OracleAnswer> => {
    if (isClosed) throw new RlloomError('reward', { what: 'the oracle is closed', fix: 'ask before closing it' });
    running ??= startPython(python, startTimeoutMs);
    let child: PythonProcess;
    try {
      child = await running;
    } catch (error) {
      running = undefined;
      throw error;
    }
    const line = await child.ask(
      { decimalPlaces: 6, ...question },
      Math.min(timeoutMs, question.timeoutMs ?? timeoutMs),
    );
    if (typeof line === 'object') {
      return { isCorrect: line.correct, reason: `${child.version}: ${line.reason}` };
    }
    stop();
    return { isCorrect: undefined, reason: `${child.version}: ${line}` };
  };

  return {
    ask(question) {
      const answer = last.then(() => askNow(question));
      last = answer.catch(() => undefined);
      return answer;
    },
    close() {
      isClosed = true;
      stop();
    },
  };
}

interface Hello {
  readonly version?: string;
  readonly missing?: string;
  readonly python?: string;
}

interface PythonAnswer {
  readonly correct?: boolean;
  readonly reason: string;
}

interface PythonProcess {
  readonly version: string;
  /** @returns a text when there was no answer: what happened to the process */
  ask(question: object, timeoutMs: number): Promise<PythonAnswer | string>;
  end(): void;
}

async function startPython(python: string, startTimeoutMs: number): Promise<PythonProcess> {
  const child = spawn(python, ['-c', pythonProgram], { stdio: ['pipe', 'pipe', 'ignore'] });
  const next = lineReader(child);
  const first = await next(startTimeoutMs);
  const hello: Hello = typeof first === 'string' ? {} : first;
  if (hello.version === undefined) {
    child.kill('SIGKILL');
    const silence = typeof first === 'string' ? first : 'it answers in another way';
    throw new RlloomError('reward', {
      what: hello.missing === undefined ? `${python} does not start: ${silence}` : `no math-verify: ${hello.missing}`,
      where: hello.python ?? python,
      fix: 'install it there (pip install math-verify), name another Python (oracle_python), or set oracle to null',
    });
  }
  const hold = (isBusy: boolean): void => {
    for (const handle of [child, child.stdin, child.stdout] as Partial<NodeJS.RefCounted>[]) {
      if (isBusy) handle.ref?.();
      else handle.unref?.();
    }
  };
  hold(false);
  return {
    version: `math-verify ${hello.version}`,
    async ask(question, timeoutMs) {
      hold(true);
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const line = await next(timeoutMs);
      hold(false);
      return typeof line === 'string' ? line : (line as PythonAnswer);
    },
    end: () => void child.kill('SIGKILL'),
  };
}

/** @returns a function that waits for the next line, as JSON, or says in words why there is none */
function lineReader(child: ChildProcess): (limitMs: number) => Promise<object | string> {
  let ended: string | undefined;
  let wake: ((what: object | string) => void) | undefined;
  const waiting: (object | string)[] = [];
  const give = (what: object | string): void => {
    if (wake === undefined) waiting.push(what);
    else wake(what);
  };
  const end = (why: string): void => {
    ended ??= why;
    give(why);
  };
  child.on('error', (error) => end(error.message));
  child.on('close', (code, signal) => end(`its process ended with ${signal ?? code}`));
  // A process that is gone says so by its end.
  child.stdin?.on('error', () => undefined);
  createInterface({ input: child.stdout! }).on('line', (line) => give(JSON.parse(line) as object));
  return (limitMs) =>
    new Promise((resolve) => {
      const already = waiting.shift() ?? ended;
      if (already !== undefined) {
        resolve(already);
        return;
      }
      const timer = setTimeout(() => wake?.(`no answer after ${limitMs} ms`), limitMs);
      wake = (what) => {
        clearTimeout(timer);
        wake = undefined;
        resolve(what);
      };
    });
}
