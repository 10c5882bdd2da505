// `npm start`: makes a small model and its tasks on the spot, then runs `rlloom train` on them.
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeModelFolder } from './model-folder.ts';
import { rlloom } from './run-rlloom.ts';
import { writeTasks } from './tasks.ts';

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
await writeTasks(data, seed);
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
