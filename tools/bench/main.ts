// npm run bench: all of it, core, rewards, gateway, compute
// npm run bench -- core: the functions of core, see core.ts
// npm run bench -- rewards: the math verifier beside math-verify, and pools, see rewards/rewards.ts
// npm run bench -- gateway: 1,000 agents at once, see gateway/gateway.ts
// npm run bench -- compute: generation, updates and whole steps beside PyTorch, see compute/compute.ts
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { BackendName } from '@rlloom/tensor';
import { benchCompute } from './compute/compute.ts';
import { sectionNames } from './compute/plan.ts';
import { sizes } from './compute/shapes.ts';
import { benchCore, logitsShape } from './core.ts';
import { type LogitsMeasurement, measureLogits } from './core-logits.ts';
import { benchGateway } from './gateway/gateway.ts';
import { benchRewards } from './rewards/rewards.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    // Both.
    peer: { type: 'string' },
    // core
    backends: { type: 'string', default: 'wasm,tfjs-node' },
    repetitions: { type: 'string', default: '5' },
    json: { type: 'string' },
    one: { type: 'string' },
    // rewards
    cases: { type: 'string', default: '../shared/fixtures/math' },
    // compute
    'peer-script': { type: 'string', default: '../shared/bench/peer_torch.py' },
    sizes: { type: 'string', default: 'S,M,L' },
    sections: { type: 'string', default: sectionNames.join(',') },
    rounds: { type: 'string', default: '2' },
    backend: { type: 'string', default: 'tfjs-node' },
    compiled: { type: 'string', default: 'on' },
    products: { type: 'string', default: 'float32' },
    out: { type: 'string', default: 'docs/benchmarks' },
    fresh: { type: 'boolean', default: false },
  },
});
const python = values.peer ?? process.env['RLLOOM_PEER_PYTHON'];

if (values.one !== undefined) await measureOne(values.one);
else {
  const [what = 'all', ...more] = positionals;
  if (!['all', 'core', 'rewards', 'gateway', 'compute'].includes(what) || more.length > 0) {
    throw new Error(
      `no benchmark is called ${positionals.join(' ')}: say core, rewards, gateway, compute, or nothing for all`,
    );
  }
  if (what === 'all' || what === 'core') await core();
  if (what === 'all' || what === 'rewards') await rewards();
  if (what === 'all' || what === 'gateway') await benchGateway({ sessions: 1000, turns: 5, engineMs: 5000 });
  if (what === 'all' || what === 'compute') await compute();
}

async function core(): Promise<void> {
  await benchCore({
    repetitions: Number(values.repetitions),
    backends: values.backends.split(',') as BackendName[],
    python,
    json: values.json,
    measureInChild: inChild,
  });
}

async function rewards(): Promise<void> {
  await benchRewards({ cases: values.cases, rounds: rounds(), python, out: values.out });
}

function rounds(): number {
  const count = Number(values.rounds);
  if (!Number.isInteger(count) || count < 1) throw new Error(`--rounds ${values.rounds}: say 1 or more`);
  return count;
}

async function compute(): Promise<void> {
  await benchCompute({
    sizes: chosen('sizes', Object.keys(sizes) as (keyof typeof sizes)[]),
    sections: chosen('sections', sectionNames),
    rounds: rounds(),
    backend: values.backend,
    compiled: chosen('compiled', ['on', 'off'])[0] === 'on',
    products: chosen('products', ['float32', 'bfloat16'])[0] ?? 'float32',
    python,
    script: values['peer-script'],
    out: values.out,
    fresh: values.fresh,
  });
}

function chosen<Name extends string>(
  option: 'sizes' | 'sections' | 'compiled' | 'products',
  known: readonly Name[],
): Name[] {
  const names = values[option].split(',');
  const unknown = names.filter((name) => !known.includes(name as Name));
  if (unknown.length > 0) throw new Error(`--${option} ${unknown.join(',')}: choose among ${known.join(', ')}`);
  // In the order of the plan, each once.
  return known.filter((name) => names.includes(name));
}

// One process per measurement: a backend cannot be unloaded, and memory of one must not slow the next.
async function inChild(backend: BackendName, form: string): Promise<LogitsMeasurement | string> {
  const child = fork(
    fileURLToPath(import.meta.url),
    ['--one', `${backend}:${form}`, '--repetitions', values.repetitions],
    { execArgv: process.execArgv, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] },
  );
  let result: LogitsMeasurement | undefined;
  let errors = '';
  child.on('message', (message) => (result = message as LogitsMeasurement));
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  await new Promise((resolve) => child.on('close', resolve));
  return result ?? errors.match(/RlloomError: (.*)/)?.[1] ?? errors.trim().split('\n').at(-1) ?? 'it failed';
}

async function measureOne(spec: string): Promise<void> {
  const [backend, form] = spec.split(':') as [BackendName, string];
  process.send?.(await measureLogits({ backend, form }, logitsShape, Number(values.repetitions)));
  process.disconnect();
}
