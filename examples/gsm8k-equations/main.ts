// Turns the calculator annotations of GSM8K into tasks, then runs `rlloom train` on the train split, evaluating on the test split.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { deriveSeed } from '@rlloom/spec';
import { difficultyOf, type Equation, type Equations, readEquations, tagOf, worked } from './equations.ts';
import { makeModelFolder } from './model-folder.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string', default: join(here, '../../../shared/data') },
    seed: { type: 'string', default: '1' },
    mixed: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
  },
});
// npm runs a workspace's script in its folder; runs belong where the command was given.
process.chdir(process.env['INIT_CWD'] ?? process.cwd());
const seed = Number(values.seed);
const folder = join('runs', 'gsm8k-data');
const splits = ['train', 'test'].map((split) => join(values.data, `gsm8k_${split}.jsonl.gz`));
const missing = splits.find((file) => !existsSync(file));
if (missing !== undefined) {
  process.stdout.write(
    `skipped: ${missing} is not here; give the folder of gsm8k_train.jsonl.gz and gsm8k_test.jsonl.gz with --data\n`,
  );
  process.exit(0);
}

const [train, test] = (await Promise.all(splits.map(readEquations))) as [Equations, Equations];
for (const [name, { kept, ...counts }] of [
  ['train', train],
  ['test', test],
] as const) {
  process.stdout.write(`${name}: kept ${kept.length} distinct equations; ${JSON.stringify(counts)}\n`);
}
await writeFiles();
if (!values.mixed) await makeModelFolder(join(folder, 'model'), seed);

const smoke = [
  'sft.max_steps=3',
  'training_control.max_steps=1',
  'training_control.prompts_per_step=2',
  `data.eval=[${join(folder, 'smoke.jsonl')}]`,
];
const name = values.mixed
  ? 'gsm8k-mixed'
  : `gsm8k-equations${values.smoke ? '-smoke' : ''}${seed === 1 ? '' : `-seed-${seed}`}`;
const config = ['--config_path', join(here, 'config'), '--config_name', values.mixed ? 'mixed' : 'equations'];
await rlloom(
  'train',
  ...config,
  '--overwrite',
  `exp.seed=${seed}`,
  `exp.name=${name}`,
  ...(values.smoke ? smoke : []),
  ...positionals,
);
if (!values.mixed) await printUnseen(join('runs', name, 'evaluations.jsonl'));

async function writeFiles(): Promise<void> {
  await mkdir(folder, { recursive: true });
  const write = (file: string, records: readonly object[]) =>
    writeFile(join(folder, file), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  const seen = new Set(train.kept.map((equation) => equation.left));
  const record = (prefix: string) => (equation: Equation, i: number) => ({
    id: `${prefix}-${i}`,
    tag: tagOf(equation),
    difficulty: difficultyOf(equation),
    messages: [{ role: 'user', content: `${equation.left}=` }],
    ground_truth: { final_answer: String(equation.answer) },
    in_train: seen.has(equation.left),
  });
  // The easier half by size; worked out for 1,050 steps of 32, then 150 steps in which two of three come from the head.
  const easier = train.kept.filter((equation) => Math.max(equation.answer, ...equation.numbers) <= 60);
  const shown = Array.from({ length: 1200 * 32 }, (_, i) => {
    const equation = easier[deriveSeed(seed, 'shown', i) % easier.length] as Equation;
    const answer = i >= 1050 * 32 && i % 20 < 13 ? `####${equation.answer}` : worked(equation);
    const messages = [
      { role: 'user', content: `${equation.left}=` },
      { role: 'assistant', content: answer },
    ];
    return { id: `shown-${i}`, tag: tagOf(equation), difficulty: difficultyOf(equation), messages };
  });
  await write('demonstrations.jsonl', shown);
  await write('train.jsonl', train.kept.map(record('train')));
  await write('test.jsonl', test.kept.map(record('test')));
  await write('smoke.jsonl', test.kept.slice(0, 8).map(record('smoke')));
}

async function rlloom(...args: string[]): Promise<void> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('bin/rlloom.mjs', import.meta.resolve('rlloom/package.json'))), ...args],
    {
      stdio: 'inherit',
    },
  );
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) process.exit(code ?? 1);
}

async function printUnseen(file: string): Promise<void> {
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  const rows = lines.map(
    (line) => JSON.parse(line) as { stage: string; step: number; metrics: Record<string, number> },
  );
  const percent = (row: (typeof rows)[number] | undefined) =>
    `${(100 * (row?.metrics['eval/accuracy'] ?? Number.NaN)).toFixed(1).padStart(5)} %`;
  const inTrain = new Set(train.kept.map((equation) => equation.left));
  process.stdout.write(`
accuracy on the equations of the test split, greedy decoding, seed ${seed} (${test.kept.filter((equation) => !inTrain.has(equation.left)).length} of ${test.kept.length} are not in the train split)
  before      ${percent(rows[0])}
  after SFT   ${percent(rows.findLast((row) => row.stage === 'sft'))}
  after RLVR  ${percent(rows.findLast((row) => row.stage === 'rlvr'))}
`);
}
