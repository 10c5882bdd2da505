// `npm run asynchronous`: the quickstart with rewards that take a second each, synchronous beside asynchronous.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeModelFolder } from './model-folder.ts';
import { rlloom } from './run-rlloom.ts';
import { writeTasks } from './tasks.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '1,2,3' },
    backend: { type: 'string', default: 'wasm' },
    staleness: { type: 'string', default: '3' },
    'sft-steps': { type: 'string', default: '900' },
    steps: { type: 'string', default: '100' },
  },
});
process.chdir(process.env['INIT_CWD'] ?? process.cwd());
const here = fileURLToPath(new URL('.', import.meta.url));
const staleness = Number(values.staleness);

const rows: string[] = [];
let holds = true;
for (const seed of values.seeds.split(',').map(Number)) {
  const { sync, async } = await compare(seed);
  const faster = async.samplesPerSecond / sync.samplesPerSecond;
  const apart = 100 * Math.abs(async.accuracy - sync.accuracy);
  holds &&= faster >= 2 && apart <= 3 && async.staleness <= staleness;
  rows.push(
    [
      `seed ${seed}`,
      `sync ${format(sync)}`,
      `async ${format(async)}`,
      `${faster.toFixed(2)}× the samples per second, ${apart.toFixed(1)} points apart, staleness at most ${async.staleness}`,
    ].join('\n  '),
  );
}
process.stdout.write(`\n${rows.join('\n')}\n${holds ? 'the goal is met' : 'the goal is missed'}: `);
process.stdout.write(
  `2× the samples per second, accuracy within 3 points, staleness at most ${staleness}, for each seed\n`,
);
if (!holds) process.exitCode = 1;

interface Outcome {
  readonly samplesPerSecond: number;
  readonly accuracy: number;
  readonly staleness: number;
}

/** Both ways from the same model after SFT. */
async function compare(seed: number): Promise<{ readonly sync: Outcome; readonly async: Outcome }> {
  const data = join('runs', 'quickstart-data', `seed-${seed}`);
  await makeModelFolder(join(data, 'model'), seed);
  await writeTasks(data, seed);
  const common = [`exp.seed=${seed}`, `backend.name=${values.backend}`];
  const sft = `asynchronous-sft-seed-${seed}`;
  await train('sft', sft, [
    ...common,
    `model.pretrain=${join(data, 'model')}`,
    `sft.train=[${join(data, 'demonstrations.jsonl')}]`,
    `data.eval=[${join(data, 'held-out.jsonl')}]`,
    `sft.max_steps=${values['sft-steps']}`,
    'training_control.max_steps=0',
  ]);
  const outcomes = { sync: ['rollout.mode=sync'], async: ['rollout.mode=async', `rollout.max_staleness=${staleness}`] };
  const run = async (mode: keyof typeof outcomes): Promise<Outcome> => {
    const name = `asynchronous-${mode}-seed-${seed}`;
    await train('slow', name, [
      ...common,
      `model.pretrain=${join('runs', sft, 'model')}`,
      `data.train=[${join(data, 'train.jsonl')}]`,
      `data.eval=[${join(data, 'held-out.jsonl')}]`,
      `rewards.domains.arithmetic.rewards.answer.module=${join(here, 'slow-reward.mjs')}`,
      `training_control.max_steps=${values.steps}`,
      ...outcomes[mode],
      ...positionals,
    ]);
    return outcome(join('runs', name));
  };
  return { sync: await run('sync'), async: await run('async') };
}

function train(config: string, name: string, overrides: readonly string[]): Promise<void> {
  const where = ['--config_path', join(here, 'config'), '--config_name', config, '--overwrite'];
  return rlloom('train', ...where, `exp.name=${name}`, ...overrides);
}

/** Samples by time over all steps, evaluation apart; accuracy at the end; the oldest sample that was trained on. */
async function outcome(directory: string): Promise<Outcome> {
  const steps = await rowsOf(join(directory, 'metrics.jsonl'));
  const evaluations = await rowsOf(join(directory, 'evaluations.jsonl'));
  const sum = (value: (row: Row) => number): number => steps.reduce((total, row) => total + value(row), 0);
  const samples = sum(({ metrics }) => (metrics['batch/sequences'] ?? 0) + (metrics['batch/left_out'] ?? 0));
  return {
    samplesPerSecond: samples / sum(({ timing }) => timing?.seconds ?? Number.NaN),
    accuracy: evaluations.at(-1)?.metrics['eval/accuracy'] ?? Number.NaN,
    staleness: Math.max(...steps.map(({ metrics }) => metrics['staleness/max'] ?? 0)),
  };
}

interface Row {
  readonly metrics: Readonly<Record<string, number>>;
  readonly timing?: { readonly seconds: number };
}

async function rowsOf(file: string): Promise<Row[]> {
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Row);
}

function format({ samplesPerSecond, accuracy }: Outcome): string {
  return `${samplesPerSecond.toFixed(0).padStart(5)} samples per second, accuracy ${(100 * accuracy).toFixed(1)} %`;
}
