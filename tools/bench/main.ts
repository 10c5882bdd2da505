// npm run bench -- core: the functions of core, see core.ts
// npm run bench -- [--backends wasm,tfjs-node] [--sizes S,M] [--repetitions 5] [--peer-python PATH] [--peer-script PATH] [--json FILE]
import { fork } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { BackendName } from '@rlloom/tensor';
import { benchCore, logitsShape } from './core.ts';
import { type LogitsMeasurement, measureLogits } from './core-logits.ts';
import { type Measurement, measure } from './measure.ts';
import { measurePeer } from './peer.ts';
import { sizes } from './sizes.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    backends: { type: 'string', default: 'wasm,tfjs-node' },
    sizes: { type: 'string', default: 'S,M' },
    repetitions: { type: 'string', default: '5' },
    'peer-python': { type: 'string' },
    'peer-script': { type: 'string', default: '../shared/bench/peer_torch.py' },
    json: { type: 'string' },
    one: { type: 'string' },
  },
});

if (values.one !== undefined) await measureOne(values.one);
else if (positionals[0] === 'core') await core();
else if (positionals.length > 0) throw new Error(`no benchmark is called ${positionals[0]}: say core, or nothing`);
else await main();

async function core(): Promise<void> {
  await benchCore({
    repetitions: Number(values.repetitions),
    backends: (values.backends ?? '').split(',') as BackendName[],
    python: values['peer-python'],
    json: values.json,
    measureInChild: (backend, form) => inChild<LogitsMeasurement>('core', backend, form),
  });
}

async function main(): Promise<void> {
  const names = (values.sizes ?? '').split(',') as (keyof typeof sizes)[];
  const backends = (values.backends ?? '').split(',') as BackendName[];
  const ours: { backend: BackendName; size: string; measurement: Measurement | string }[] = [];
  for (const size of names) {
    for (const backend of backends) {
      process.stderr.write(`measuring ${backend} ${size} …\n`);
      ours.push({ backend, size, measurement: await inChild<Measurement>('model', backend, size) });
    }
  }
  const python = values['peer-python'];
  if (python !== undefined) process.stderr.write('measuring the peer …\n');
  const peer = python === undefined ? undefined : await measurePeer(python, values['peer-script'] ?? '');

  print(
    `\n${cpus().length} × ${cpus()[0]?.model}; Node ${process.version}; medians of ${values.repetitions}, tokens/s\n`,
  );
  print(row('size', 'who', 'generate', 'update'));
  for (const { backend, size, measurement } of ours) {
    if (typeof measurement === 'string') print(row(size, `rlloom ${backend}`, 'not measured:', measurement));
    else
      print(
        row(
          size,
          `rlloom ${backend}`,
          round(measurement.generateTokensPerSecond),
          round(measurement.updateTokensPerSecond),
        ),
      );
  }
  for (const size of names) {
    const other = peer?.bySize[size];
    if (other === undefined) continue;
    print(row(size, 'transformers', round(other.generateTokensPerSecond), round(other.updateTokensPerSecond)));
    print(row(size, 'torch loop', round(other.handLoopTokensPerSecond), ''));
    for (const { backend, size: mine, measurement } of ours) {
      if (mine !== size || typeof measurement === 'string') continue;
      const generate = measurement.generateTokensPerSecond / other.generateTokensPerSecond;
      const update = measurement.updateTokensPerSecond / other.updateTokensPerSecond;
      print(row(size, `${backend} ÷ transformers`, generate.toFixed(3), update.toFixed(3)));
    }
  }
  if (peer === undefined) print('\nno peer measured: give a Python that has torch and transformers with --peer-python');
  else print(`\npeer: ${peer.versions}`);
  if (values.json !== undefined)
    await writeFile(
      values.json,
      `${JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, ours, peer }, null, 2)}\n`,
    );
}

// One process per measurement: a backend cannot be unloaded, and memory of one must not slow the next.
async function inChild<Result>(...spec: [what: string, backend: string, which: string]): Promise<Result | string> {
  const child = fork(
    fileURLToPath(import.meta.url),
    ['--one', spec.join(':'), '--repetitions', values.repetitions ?? '5'],
    {
      execArgv: process.execArgv,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    },
  );
  let result: Result | undefined;
  let errors = '';
  child.on('message', (message) => (result = message as Result));
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  await new Promise((resolve) => child.on('close', resolve));
  return result ?? errors.match(/RlloomError: (.*)/)?.[1] ?? errors.trim().split('\n').at(-1) ?? 'it failed';
}

async function measureOne(spec: string): Promise<void> {
  const [what, backend, which] = spec.split(':') as [string, BackendName, string];
  const repetitions = Number(values.repetitions);
  process.send?.(
    what === 'core'
      ? await measureLogits({ backend, form: which }, logitsShape, repetitions)
      : await measure(backend, sizes[which as keyof typeof sizes], repetitions),
  );
  process.disconnect();
}

function row(...cells: string[]): string {
  return cells.map((cell, index) => (index < 2 ? cell.padEnd(index === 0 ? 5 : 26) : cell.padStart(13))).join(' ');
}

function round(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
