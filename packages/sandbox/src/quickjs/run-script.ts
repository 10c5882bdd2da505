import type { QuickJSContext, QuickJSHandle, QuickJSRuntime, QuickJSWASMModule } from 'quickjs-emscripten-core';
import type { SandboxEnd } from '../sandbox.ts';
import type { QuickJsAnswer, QuickJsJob } from './quickjs-messages.ts';

/** Bytes of the stack of a script; deeper recursion is an error it can catch. */
const stackBytes = 512 * 1024;

/**
 * Runs a script in a runtime of its own, which has the language and nothing else, but `console.log` and its like (to
 * stdout), `console.error` and `console.warn` (to stderr) and `readline()` (the next line of stdin, `null` at the end).
 */
export function runScript(module: QuickJSWASMModule, job: QuickJsJob): QuickJsAnswer {
  const runtime = module.newRuntime();
  const output = { stdout: '', stderr: '', bytes: { stdout: 0, stderr: 0 }, full: false };
  const deadline = Date.now() + job.timeMs;
  runtime.setMemoryLimit(job.memoryMb * 1024 * 1024);
  runtime.setMaxStackSize(stackBytes);
  let interrupted = false;
  runtime.setInterruptHandler(() => (interrupted ||= output.full || Date.now() > deadline));
  const context = runtime.newContext();
  try {
    defineGlobals(context, job, (stream, text) => {
      const left = job.outputBytes - output.bytes[stream];
      const bytes = Buffer.from(text);
      output[stream] += bytes.length <= left ? text : bytes.subarray(0, Math.max(0, left)).toString('utf8');
      output.bytes[stream] += bytes.length;
      if (output.bytes[stream] > job.outputBytes) output.full = true;
    });
    const failure = evaluate(context, runtime, job.code);
    const { stdout } = output;
    if (output.full) return { end: 'output', exitCode: null, stdout, stderr: output.stderr };
    // What was interrupted in a promise or in a call of ours may end without an error.
    if (failure === undefined && !interrupted) return { end: 'exited', exitCode: 0, stdout, stderr: output.stderr };
    const end = interrupted ? 'timeout' : endOf(failure);
    const stderr = failure === undefined ? output.stderr : `${output.stderr}${failure.text}\n`.slice(-job.outputBytes);
    return { end, exitCode: end === 'exited' ? 1 : null, stdout, stderr };
  } finally {
    context.dispose();
    runtime.dispose();
  }
}

interface Failure {
  readonly name: string;
  readonly message: string;
  readonly text: string;
}

function endOf(failure: Failure | undefined): SandboxEnd {
  return failure?.name === 'InternalError' && failure.message === 'out of memory' ? 'memory' : 'exited';
}

/** Runs the script and what it left to do; a promise it ends with counts. */
function evaluate(context: QuickJSContext, runtime: QuickJSRuntime, code: string): Failure | undefined {
  const result = context.evalCode(code, 'main.js', { type: 'global' });
  if (result.error !== undefined) return take(context, result.error);
  const { value } = result;
  const jobs = runtime.executePendingJobs();
  try {
    if (jobs.error !== undefined) return take(jobs.error.context, jobs.error);
    const state = context.getPromiseState(value);
    if (state.type === 'fulfilled') {
      if (!state.notAPromise) state.value.dispose();
      return undefined;
    }
    return state.type === 'rejected' ? take(context, state.error) : undefined;
  } finally {
    value.dispose();
  }
}

function take(context: QuickJSContext, error: QuickJSHandle): Failure {
  const dumped: unknown = context.dump(error);
  error.dispose();
  if (typeof dumped !== 'object' || dumped === null) {
    return { name: '', message: '', text: `Uncaught ${typeof dumped === 'string' ? dumped : JSON.stringify(dumped)}` };
  }
  const { name, message, stack } = dumped as Readonly<Record<string, unknown>>;
  const head = `${asText(name, 'Error')}: ${asText(message, '')}`;
  return { name: asText(name, ''), message: asText(message, ''), text: `${head}\n${asText(stack, '')}`.trimEnd() };
}

function asText(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function defineGlobals(
  context: QuickJSContext,
  { stdin }: QuickJsJob,
  write: (stream: 'stdout' | 'stderr', text: string) => void,
): void {
  const lines = stdin.split('\n');
  if (lines.at(-1) === '') lines.pop();
  let next = 0;
  const console = context.newObject();
  for (const [name, stream] of Object.entries(streams)) {
    const method = context.newFunction(name, (...handles) => {
      write(stream, `${handles.map((handle) => show(context, handle)).join(' ')}\n`);
    });
    context.setProp(console, name, method);
    method.dispose();
  }
  context.setProp(context.global, 'console', console);
  console.dispose();
  const readline = context.newFunction('readline', () => {
    const line = lines[next++];
    return line === undefined ? context.null : context.newString(line);
  });
  context.setProp(context.global, 'readline', readline);
  readline.dispose();
}

const streams = { log: 'stdout', info: 'stdout', debug: 'stdout', error: 'stderr', warn: 'stderr' } as const;

function show(context: QuickJSContext, handle: QuickJSHandle): string {
  const kind = context.typeof(handle);
  if (kind === 'object') {
    const dumped: unknown = context.dump(handle);
    return typeof dumped === 'string' ? dumped : (JSON.stringify(dumped) ?? '[object]');
  }
  return kind === 'symbol' ? 'Symbol()' : context.getString(handle);
}
