// npm run bench -- core [--repetitions 9] [--peer PATH] [--json FILE]
import { fork, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { BackendName } from '@rlloom/tensor';
import { coreShape } from './core-batch.ts';
import { type LogitsMeasurement, logitsForms } from './core-logits.ts';
import { digestDistance, type Timed } from './core-results.ts';

/** Tokens of a micro-batch over the vocabulary of a small model. */
export const logitsShape = { rows: 512, vocabulary: 32_000 } as const;

interface PeerLogits {
  readonly ms: number;
  readonly peakBytes: number | null;
  readonly loss: number;
  readonly gradient: readonly number[];
}

interface Peer {
  readonly torch: string;
  readonly estimators: Readonly<Record<string, Timed>>;
  readonly logits: Readonly<Record<string, PeerLogits>>;
}

/** What `npm run bench -- core` is told. */
export interface CoreBenchOptions {
  readonly repetitions: number;
  readonly backends: readonly BackendName[];
  /** A Python that has torch. */
  readonly python?: string | undefined;
  readonly json?: string | undefined;
  /** Measures one form of the loss from logits in a process of its own: a backend cannot be unloaded. */
  readonly measureInChild: (backend: BackendName, form: string) => Promise<LogitsMeasurement | string>;
}

/** Times the functions of core on a batch and the loss from logits, beside torch where a Python has it; prints tables. */
export async function benchCore(options: CoreBenchOptions): Promise<void> {
  const { repetitions, python } = options;
  const load = loadavg()[0];
  const logits: { backend: string; form: string; measured: LogitsMeasurement | string }[] = [];
  for (const backend of options.backends) {
    for (const form of Object.keys(logitsForms)) {
      process.stderr.write(`measuring the loss from logits, ${backend}, ${form} …\n`);
      logits.push({ backend, form, measured: await options.measureInChild(backend, form) });
    }
  }
  process.stderr.write('measuring estimators …\n');
  const estimators = await timeEstimators(repetitions);
  const peer = python === undefined ? undefined : await measurePeer(python, repetitions);

  const machine = `${cpus().length} × ${cpus()[0]?.model}; Node ${process.version}`;
  print(`\n${machine}; medians of ${repetitions}, one thread\n`);
  printEstimators(estimators, peer);
  printLogits(logits, peer);
  if (peer === undefined) print('\nno peer measured: give a Python that has torch with --peer');
  else print(`\npeer: torch ${peer.torch}, one thread`);
  if (options.json !== undefined) {
    const shapes = { estimators: coreShape, logits: logitsShape };
    const report = { machine, node: process.version, load, repetitions, shapes, estimators, logits, peer };
    await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
  }
}

// In a process of its own, with nothing else on its heap: results of 32 MB make V8 collect, and tfjs would be in the way.
async function timeEstimators(repetitions: number): Promise<Readonly<Record<string, Timed>>> {
  const child = fork(fileURLToPath(new URL('core-timing.ts', import.meta.url)), [String(repetitions)]);
  let timed: Record<string, Timed> | undefined;
  child.on('message', (message) => (timed = message as Record<string, Timed>));
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (timed === undefined) throw new Error(`timing the estimators ended with ${String(code)}`);
  return timed;
}

async function measurePeer(python: string, repetitions: number): Promise<Peer> {
  process.stderr.write('measuring the peer …\n');
  const shape = [coreShape.sequences, coreShape.tokens, repetitions];
  const { torch, estimators } = (await runPeer(python, ['estimators', ...shape])) as Peer;
  const { rows, vocabulary } = logitsShape;
  const { logits } = (await runPeer(python, ['logits', ...shape, rows, vocabulary])) as Peer;
  return { torch, estimators, logits };
}

async function runPeer(python: string, parameters: readonly (string | number)[]): Promise<unknown> {
  const script = fileURLToPath(new URL('core-peer.py', import.meta.url));
  const child = spawn(python, [script, ...parameters.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`the peer's benchmark ended with ${code}`);
  return JSON.parse(output);
}

function printEstimators(ours: Readonly<Record<string, Timed>>, peer: Peer | undefined): void {
  const { sequences, tokens } = coreShape;
  print(`${sequences} sequences × ${tokens} tokens, ms`);
  print(row('', 'rlloom', 'fastest', 'torch', 'fastest', 'torch ÷ rlloom', 'apart by'));
  for (const [name, { ms, fastestMs, digest: sums }] of Object.entries(ours)) {
    const other = peer?.estimators[name];
    const cells =
      other === undefined
        ? []
        : [
            ...[other.ms, other.fastestMs, other.ms / ms].map((number) => number.toFixed(1)),
            digestDistance(sums, other.digest).toExponential(1),
          ];
    print(row(name, ms.toFixed(1), fastestMs.toFixed(1), ...cells));
  }
}

function printLogits(
  ours: readonly { backend: string; form: string; measured: LogitsMeasurement | string }[],
  peer: Peer | undefined,
): void {
  const { rows, vocabulary } = logitsShape;
  const copy = rows * vocabulary * 4;
  const copies = (bytes: number | null | undefined) => (bytes == null ? 'unknown' : (bytes / copy).toFixed(2));
  const form = Object.values(peer?.logits ?? {})[0];
  const apart = (loss: number, gradient: readonly number[]) =>
    form === undefined
      ? ''
      : Math.max(Math.abs(loss - form.loss), digestDistance(gradient, form.gradient)).toExponential(1);
  print(
    `\nclipped policy loss from ${rows} × ${vocabulary} logits, value and gradient; memory beside the logits, in copies`,
  );
  print(row('', 'ms', 'of tensors', 'of the process', 'apart by'));
  for (const { backend, form: name, measured } of ours) {
    const title = `rlloom ${backend}, ${name}`;
    if (typeof measured === 'string') print(row(title, 'not measured:', measured));
    else {
      const { ms, peakTensorBytes, peakBytes, loss, gradient } = measured;
      print(row(title, ms.toFixed(0), copies(peakTensorBytes), copies(peakBytes), apart(loss, gradient)));
    }
  }
  for (const [name, { ms, peakBytes, loss, gradient }] of Object.entries(peer?.logits ?? {})) {
    print(row(`torch, ${name}`, ms.toFixed(0), '', copies(peakBytes), apart(loss, gradient)));
  }
}

function row(name: string, ...cells: string[]): string {
  return [name.padEnd(34), ...cells.map((cell) => cell.padStart(15))].join('').trimEnd();
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
