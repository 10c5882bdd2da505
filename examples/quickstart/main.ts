// `npm start`: makes a small model and its tasks on the spot, then runs `rlloom train` on them.
import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { deriveSeed } from '@rlloom/spec';
import { distinctChains, inTheHead, makeChain, toDemonstration, toRecord, worked } from './chains.ts';
import { makeModelFolder } from './model-folder.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    backend: { type: 'string', default: 'wasm' },
    smoke: { type: 'boolean', default: false },
  },
});
// npm runs a workspace's script in its folder; runs belong where the command was given.
process.chdir(process.env['INIT_CWD'] ?? process.cwd());
const seed = Number(values.seed);
const startedAt = performance.now();
const here = fileURLToPath(new URL('.', import.meta.url));
const data = join('runs', 'quickstart-data', `seed-${seed}`);

await makeModelFolder(join(data, 'model'), seed);
await writeTasks();
process.stdout.write(`made a model and its tasks in ${data}\n`);

const name = `quickstart-seed-${seed}${values.smoke ? '-smoke' : ''}`;
const smoke = [
  'sft.max_steps=4',
  'training_control.max_steps=2',
  'training_control.prompts_per_step=2',
  `data.eval=[${join(data, 'smoke.jsonl')}]`,
];
await rlloom(
  'train',
  ...['--config_path', join(here, 'config'), '--config_name', 'quickstart', '--overwrite'],
  ...[
    `exp.name=${name}`,
    `exp.seed=${seed}`,
    `backend.name=${values.backend}`,
    `model.pretrain=${join(data, 'model')}`,
  ],
  ...[`sft.train=[${join(data, 'demonstrations.jsonl')}]`, `data.train=[${join(data, 'train.jsonl')}]`],
  ...(values.smoke ? smoke : [`data.eval=[${join(data, 'held-out.jsonl')}]`]),
  ...positionals,
);
await printResult(join('runs', name, 'evaluations.jsonl'));

/**
 * Demonstrations in order: 24,960 chains worked out (1 to 3 operations, one in ten has 4), then 3,840 of which two in
 * three are answered in the head, without the work. Tasks of 2 to 5 operations to train on, and held-out ones that are in
 * neither.
 */
async function writeTasks(): Promise<void> {
  await mkdir(data, { recursive: true });
  const write = (file: string, records: readonly object[]): Promise<void> =>
    writeFile(join(data, file), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  const shown = Array.from({ length: 28_800 }, (_, i) => {
    const chain = makeChain(i % 10 === 9 ? 4 : 1 + (i % 3), { heldOut: false, seed: deriveSeed(seed, 'shown', i) });
    return toDemonstration(chain, `shown-${i}`, i >= 24_960 && i % 20 < 13 ? inTheHead(chain) : worked(chain));
  });
  const tasks = Array.from({ length: 8000 }, (_, i) =>
    toRecord(
      makeChain([2, 3, 4, 4, 5, 5, 5, 5][i % 8] as number, { heldOut: false, seed: deriveSeed(seed, 'task', i) }),
      `task-${i}`,
    ),
  );
  const heldOut = [2, 3, 4, 5].flatMap((level) => distinctChains(level, 75));
  await write('demonstrations.jsonl', shown);
  await write('train.jsonl', tasks);
  await write(
    'held-out.jsonl',
    heldOut.map((chain, i) => toRecord(chain, `held-out-${i}`)),
  );
  await write(
    'smoke.jsonl',
    heldOut.slice(0, 4).map((chain, i) => toRecord(chain, `smoke-${i}`)),
  );
}

async function rlloom(...args: string[]): Promise<void> {
  const command = fileURLToPath(new URL('bin/rlloom.mjs', import.meta.resolve('rlloom/package.json')));
  const child = spawn(process.execPath, [command, ...args], { stdio: 'inherit' });
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) process.exit(code ?? 1);
}

async function printResult(file: string): Promise<void> {
  const rows: { stage: string; step: number; metrics: Record<string, number> }[] = [];
  for await (const line of createInterface({ input: createReadStream(file) }))
    rows.push(JSON.parse(line) as (typeof rows)[number]);
  const before = rows[0];
  const afterSft = rows.findLast((row) => row.stage === 'sft');
  const afterRlvr = rows.findLast((row) => row.stage === 'rlvr');
  const percent = (row: (typeof rows)[number] | undefined) =>
    `${(100 * (row?.metrics['eval/accuracy'] ?? Number.NaN)).toFixed(1).padStart(5)} %`;
  const gain = 100 * ((afterRlvr?.metrics['eval/accuracy'] ?? 0) - (afterSft?.metrics['eval/accuracy'] ?? 0));
  process.stdout.write(`
accuracy on held-out tasks, greedy decoding, seed ${seed}
  before      ${percent(before)}
  after SFT   ${percent(afterSft)}
  after RLVR  ${percent(afterRlvr)}   (${gain >= 0 ? '+' : ''}${gain.toFixed(1)} points by reward alone)
in ${((performance.now() - startedAt) / 60_000).toFixed(1)} minutes
`);
}
