import { type ChildProcess, fork, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const limitMs = 15 * 60_000;

/** Sends something to a program beside this file, in a process of its own, and takes its answer. */
export async function askProgram<Answer>(name: string, message: object): Promise<Answer> {
  const child = fork(fileURLToPath(new URL(name, import.meta.url)), [], {
    execArgv: ['--conditions=@rlloom/source', '--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let answer: Answer | undefined;
  child.on('message', (said) => {
    if (said === 'ready') child.send(message);
    else answer = said as Answer;
  });
  const ended = await end(child);
  if (answer === undefined) throw new Error(`${name} ${ended}`);
  return answer;
}

/** Gives a Python script beside this file something to read, and takes what it prints. */
export async function askPython<Answer>(python: string, name: string, input: unknown): Promise<Answer> {
  const child = spawn(python, [fileURLToPath(new URL(name, import.meta.url))], { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  // A script that ends early says why on its standard error.
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(input));
  const ended = await end(child);
  const line = output.trim().split('\n').at(-1) ?? '';
  if (line === '') throw new Error(`${name} ${ended}`);
  return JSON.parse(line) as Answer;
}

async function end(child: ChildProcess): Promise<string> {
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4000);
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
  try {
    return await new Promise((resolve) => {
      child.on('error', (error) => resolve(error.message));
      child.on('close', (code, signal) => resolve(`ended with ${signal ?? code}: ${errors.trim()}`));
    });
  } finally {
    clearTimeout(timer);
  }
}
