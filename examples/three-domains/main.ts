// One run over three domains: mathematics checked by rule, programs run in a sandbox, answers judged by a model. Records are made of
// public data sets, a small judge is trained and put behind an endpoint, then `rlloom train` does SFT and GRPO.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createGateway } from '@rlloom/rollout/gateway';
import { probeSandbox } from '@rlloom/sandbox';
import { selectBackend } from '@rlloom/tensor';
import { checkCurves, curveTable, readCurves } from './curves.ts';
import { demonstrations } from './demonstrations.ts';
import { trainJudge } from './judge.ts';
import { makeModelFolder } from './model-folder.ts';
import { ownExamples } from './own-records.ts';
import { type Example, readExamples } from './records.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string', default: join(here, '../../../shared/data') },
    seed: { type: 'string', default: '1' },
    smoke: { type: 'boolean', default: false },
  },
});
// npm runs a workspace's script in its folder; runs belong where the command was given.
process.chdir(process.env['INIT_CWD'] ?? process.cwd());
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const seed = Number(values.seed);
const name = `three-domains${values.smoke ? '-smoke' : ''}`;
const folder = join('runs', 'three-domains-data');

const withCode = await canRunCode();
const all = existsSync(join(values.data, 'mbpp.jsonl.gz'))
  ? await readExamples(values.data, values.smoke ? 4 : 8)
  : ownExamples();
const examples = withCode ? all : all.filter(({ record }) => record.tag !== 'code');
const count = (tag: string): number => examples.filter(({ record }) => record.tag === tag).length;
print(
  existsSync(join(values.data, 'mbpp.jsonl.gz'))
    ? `records: GSM8K (math ${count('math')}), MBPP (code ${count('code')}), ROLL's set for judges (judge ${count('judge')}) of ${values.data}`
    : `records: ${examples.length} of this example; there is no data in ${values.data}, give its folder with --data`,
);
await writeRecords(examples);
await makeModelFolder(join(folder, 'model'), examples, seed);

const { name: backend } = await selectBackend({ backend: 'wasm' });
const judge = await trainJudge(examples, {
  ...{ folder: join(folder, 'judge'), seed, steps: values.smoke ? 50 : 200 },
  onStep: print,
});
const { engine, tokenizer } = judge;
const gateway = await createGateway({ engine, tokenizer, config: { modelName: 'small-judge' } });
const judgeUrl = `${await gateway.listen({ port: 0 })}/v1`;
print(`judge: right about ${(100 * judge.accuracy).toFixed(0)} of 100 answers, on ${backend}, at ${judgeUrl}`);

const judgeAt = 'rewards.domains.judged.rewards.judgement.options.judges.0.base_url';
const smoke = ['sft.max_steps=30', 'training_control.max_steps=2', 'training_control.eval_steps=0'];
const withoutCode = ['~rewards.domains.code', '~rewards.reward_weights.code', '~data.domain_ratios.code'];
try {
  await rlloom(
    ...['train', '--config_path', join(here, 'configs'), '--config_name', 'train', '--overwrite'],
    ...[`exp.seed=${seed}`, `exp.name=${name}`, `rewards.audit.file=${join('runs', name, 'rewards.audit')}`],
    ...[`${judgeAt}=${judgeUrl}`, ...(values.smoke ? smoke : []), ...(withCode ? [] : withoutCode)],
    ...positionals,
  );
} finally {
  await gateway.close();
  await engine.close();
}

const curves = await readCurves(join('runs', name));
print(`\nmean score by domain, and answers that are right\n${curveTable(curves).join('\n')}`);
checkCurves(curves, withCode ? ['math', 'code', 'judged'] : ['math', 'judged']);
print(`\nverdicts with their reasons: npx rlloom inspect ${join('runs', name, 'rewards.audit')}`);

/** Whether programs can be kept in here; says why not. */
async function canRunCode(): Promise<boolean> {
  const { capabilities, isolations, advice } = await probeSandbox();
  if (capabilities?.languages.includes('python')) {
    print(`sandbox: ${capabilities.isolation}`);
    return true;
  }
  const found = isolations.map(({ name, detail }) => `${name}: ${detail}`).join('; ');
  print(`sandbox: none that runs Python (${found}); the domain of code is left out. ${advice ?? ''}`);
  return false;
}

async function writeRecords(some: readonly Example[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const write = (file: string, records: readonly object[]) =>
    writeFile(join(folder, file), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  await write(
    'tasks.jsonl',
    some.map(({ record }) => record),
  );
  await write('demonstrations.jsonl', demonstrations(some));
}

async function rlloom(...args: string[]): Promise<void> {
  const program = fileURLToPath(new URL('bin/rlloom.mjs', import.meta.resolve('rlloom/package.json')));
  const child = spawn(process.execPath, [program, ...args], { stdio: 'inherit' });
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`rlloom train ended with ${code}`);
}
