// Two runs of several turns: `npm start` learns to use a calculator, `npm start -- --run interaction` to play a game.
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { deriveSeed } from '@rlloom/spec';
import { makeModelFolder } from './model-folder.ts';
import { gameDemonstration, gameTask, productDemonstration, productTask } from './tasks.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    run: { type: 'string', default: 'tool' },
    seeds: { type: 'string', default: '1' },
    backend: { type: 'string', default: 'wasm' },
    smoke: { type: 'boolean', default: false },
  },
});
// npm runs a workspace's script in its folder; runs belong where the command was given.
process.chdir(process.env['INIT_CWD'] ?? process.cwd());
const here = fileURLToPath(new URL('.', import.meta.url));
const runs = values.smoke ? ['tool', 'interaction'] : [values.run];

for (const run of runs) {
  if (run !== 'tool' && run !== 'interaction') throw new Error(`--run is tool or interaction, not ${run}`);
  for (const seed of values.seeds.split(',').map(Number)) await train(run, seed);
}

async function train(run: 'tool' | 'interaction', seed: number): Promise<void> {
  const startedAt = performance.now();
  const data = join('runs', 'tool-calculator-data', `${run}-seed-${seed}`);
  await makeModelFolder(join(data, 'model'), seed);
  await writeTasks(run, data, seed);
  const name = `${run === 'tool' ? 'tool-calculator' : 'number-game'}-seed-${seed}${values.smoke ? '-smoke' : ''}`;
  const small = ['sft.max_steps=3', 'training_control.max_steps=2', 'training_control.prompts_per_step=2'];
  await rlloom(
    ...['train', '--config_path', join(here, 'config'), '--config_name', run, '--overwrite'],
    ...[
      `exp.name=${name}`,
      `exp.seed=${seed}`,
      `backend.name=${values.backend}`,
      `model.pretrain=${join(data, 'model')}`,
    ],
    ...[`sft.train=[${join(data, 'demonstrations.jsonl')}]`, `data.train=[${join(data, 'train.jsonl')}]`],
    `data.eval=[${join(data, values.smoke ? 'smoke.jsonl' : 'held-out.jsonl')}]`,
    ...(values.smoke ? small : []),
    ...positionals,
  );
  await printResult(run, seed, { file: join('runs', name, 'evaluations.jsonl'), startedAt });
}

async function writeTasks(run: 'tool' | 'interaction', data: string, seed: number): Promise<void> {
  await mkdir(data, { recursive: true });
  const [demonstration, task] = run === 'tool' ? [productDemonstration, productTask] : [gameDemonstration, gameTask];
  const make = (count: number, record: (index: number) => object): object[] =>
    Array.from({ length: count }, (_, i) => record(i));
  const files = {
    demonstrations: make(24_000, (i) => demonstration(`shown-${i}`, deriveSeed(seed, 'shown', i), i)),
    train: make(4000, (i) => task(`task-${i}`, deriveSeed(seed, 'task', i), false)),
    'held-out': make(200, (i) => task(`held-out-${i}`, deriveSeed(0, 'held-out', i), true)),
    smoke: make(4, (i) => task(`smoke-${i}`, deriveSeed(0, 'held-out', i), true)),
  };
  for (const [name, records] of Object.entries(files)) {
    await writeFile(join(data, `${name}.jsonl`), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  }
}

async function rlloom(...args: string[]): Promise<void> {
  const command = fileURLToPath(new URL('bin/rlloom.mjs', import.meta.resolve('rlloom/package.json')));
  const child = spawn(process.execPath, [command, ...args], { stdio: 'inherit' });
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) process.exit(code ?? 1);
}

async function printResult(
  run: string,
  seed: number,
  { file, startedAt }: { readonly file: string; readonly startedAt: number },
): Promise<void> {
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  const rows = lines.map((line) => JSON.parse(line) as { stage: string; metrics: Record<string, number> });
  const percent = (stage: string): number =>
    100 * (rows.findLast((row) => row.stage === stage)?.metrics['eval/accuracy'] ?? Number.NaN);
  const [before, after] = [percent('sft'), percent('rlvr')];
  process.stdout.write(
    `${run}, seed ${seed}: held-out success ${before.toFixed(1)} % after SFT, ${after.toFixed(1)} % after RLVR ` +
      `(${(after - before).toFixed(1)} points) in ${((performance.now() - startedAt) / 60_000).toFixed(1)} minutes\n`,
  );
}
