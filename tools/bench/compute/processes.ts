import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ChildReport, ChildRequest, Job } from './jobs.ts';

/** The peer's Python and its script. */
export interface Peer {
  /** A Python that has torch, transformers and trl. */
  readonly python: string;
  readonly script: string;
  /** Where the script is made to believe it lies: it looks for its tokenizer from there. */
  readonly file: string;
  readonly threads: number;
}

// A child that takes longer hangs.
const limitMilliseconds = 8 * 60_000;

/** Runs jobs on our side, in a process of its own: a backend cannot be unloaded, and memory must be told apart. */
export async function runOurs(request: ChildRequest): Promise<ChildReport> {
  const child = fork(fileURLToPath(new URL('child.ts', import.meta.url)), [JSON.stringify(request)], {
    execArgv: [...process.execArgv, '--expose-gc'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let report: ChildReport | undefined;
  child.on('message', (message) => (report = message as ChildReport));
  const ended = await end(child);
  return report ?? { versions: {}, results: [], failed: ended };
}

/** Runs jobs on the peer's side, in a process of its own. */
export async function runTheirs(jobs: readonly Job[], { python, script, file, threads }: Peer): Promise<ChildReport> {
  const request = JSON.stringify({ jobs, script, file });
  const child = spawn(python, [fileURLToPath(new URL('peer.py', import.meta.url)), request], {
    env: { ...process.env, OMP_NUM_THREADS: String(threads) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const ended = await end(child);
  return output === '' ? { versions: {}, results: [], failed: ended } : (JSON.parse(output) as ChildReport);
}

/** @returns how it ended, with the last thing it said */
async function end(child: ChildProcess): Promise<string> {
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4000);
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMilliseconds);
  try {
    return await new Promise((resolve) => {
      child.on('error', (error) => resolve(error.message));
      child.on('close', (code, signal) => {
        resolve(`it ended with ${signal ?? code}: ${errors.trim().split('\n').at(-1) ?? ''}`);
      });
    });
  } finally {
    clearTimeout(timer);
  }
}
