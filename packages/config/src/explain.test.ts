import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { explainConfig, formatExplanation } from './explain.ts';
import { diffConfig, formatDifferences } from './diff-config.ts';
import { loadConfig, type LoadedConfig } from './load-config.ts';
import { deadUnless } from './rules.ts';
import { configText, writeConfig } from './write-config.ts';

const schema = z.strictObject({
  exp: z
    .strictObject({ name: z.string().describe('name of the run'), outputDir: z.string().default('runs') })
    .describe('the run'),
  rollout: z
    .strictObject({
      groupSize: z.int().positive().default(8).describe('samples per prompt (G)'),
      stopStrings: z.array(z.string()).default([]).describe('strings that end a response'),
      note: z.string().optional().describe('anything'),
    })
    .prefault({}),
  rewards: z
    .strictObject({
      weights: z.record(z.string(), z.number()).default({ math: 1 }).describe('weight of a reward'),
      routes: z.array(z.strictObject({ tagPattern: z.string().describe('which tags') })).default([]),
    })
    .prefault({}),
});
type Config = z.infer<typeof schema>;
const rules = [deadUnless<Config>('rollout.group_size', () => false, 'nothing reads it')];

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rlloom-config-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function load(overrides: string[] = []): Promise<LoadedConfig<Config>> {
  await writeFile(join(directory, 'base.yaml'), 'exp: { name: base }\nrewards:\n  routes: [{ tag_pattern: math }]\n');
  await writeFile(join(directory, 'train.yaml'), 'defaults: base\nexp:\n  name: "first: run"\n');
  return loadConfig({ schema, configPath: directory, configName: 'train', overrides });
}

it('says of every value where it comes from and what it means', async () => {
  const values = explainConfig(await load(['exp.name=third', '+rewards.weights."code.unit"=2']));
  const short = values.map(({ path, value, origin, description }) => [path, value, origin.kind, description]);
  expect(short).toEqual([
    ['exp.name', 'third', 'command-line', 'name of the run'],
    ['exp.output_dir', 'runs', 'default', ''],
    ['rollout.group_size', 8, 'default', 'samples per prompt (G)'],
    ['rollout.stop_strings', [], 'default', 'strings that end a response'],
    ['rewards.weights.math', 1, 'default', 'weight of a reward'],
    ['rewards.weights."code.unit"', 2, 'command-line', 'weight of a reward'],
    ['rewards.routes.0.tag_pattern', 'math', 'file', 'which tags'],
  ]);
});

it('prints an aligned table by group', async () => {
  const text = formatExplanation(explainConfig(await load()), { width: 400 }).replaceAll(`${directory}/`, '');
  const squeezed = text.split('\n').map((line) => line.replace(/ {3,}/g, '  '));
  expect(squeezed).toEqual([
    'exp',
    '  exp.name  "first: run"  train.yaml:3 (overrides base.yaml:1)  name of the run',
    '  exp.output_dir  runs  default',
    '',
    'rollout',
    '  rollout.group_size  8  default  samples per prompt (G)',
    '  rollout.stop_strings  []  default  strings that end a response',
    '',
    'rewards',
    '  rewards.weights.math  1  default  weight of a reward',
    '  rewards.routes.0.tag_pattern  math  base.yaml:3  which tags',
  ]);
  const columns = text
    .split('\n')
    .filter((line) => line.includes('  default'))
    .map((line) => line.indexOf('  default'));
  expect(new Set(columns).size).toBe(1);
});

it('leaves descriptions out where there is no room', async () => {
  const text = formatExplanation(explainConfig(await load()), { width: 40 });
  expect(text).toContain('rollout.group_size');
  expect(text).not.toContain('samples per prompt');
});

it('saves a configuration that loads to the same, defaults known as such', async () => {
  const loaded = await load(['rewards.routes=[]', '+rewards.weights."code.unit"=2']);
  const file = join(directory, 'run', 'config.yaml');
  await writeConfig(loaded, file);
  const again = await loadConfig({ schema, configPath: file, rules });
  expect(again.config).toEqual(loaded.config);
  expect(diffConfig(loaded, again)).toEqual([]);
  expect(configText(again).split('\n')).toEqual(configText(loaded).split('\n'));
  expect(configText(loaded)).toContain('output_dir: runs');
});

it('shows in what two configurations differ', async () => {
  const differences = diffConfig(
    await load(),
    await load(['rollout.note=x', 'rollout.group_size=4', 'rewards.routes=[]']),
  );
  expect(formatDifferences(differences)).toBe(
    'rollout.group_size: 8 → 4\nrewards.routes.0.tag_pattern: "math" → (not set)\nrollout.note: (not set) → "x"\nrewards.routes: (not set) → []',
  );
});

it('refuses to save what would not read back', async () => {
  const shouting = z.strictObject({ name: z.string().transform((text) => `${text}!`) });
  await writeFile(join(directory, 'a.yaml'), 'name: hello');
  const loaded = await loadConfig({ schema: shouting, configPath: directory, configName: 'a' });
  await expect(writeConfig(loaded, join(directory, 'b.yaml'))).rejects.toMatchObject({ kind: 'unexpected' });
});

it('turns a failed write into a storage error', async () => {
  const loaded = await load();
  await expect(writeConfig(loaded, join(directory, 'train.yaml', 'config.yaml'))).rejects.toMatchObject({
    kind: 'storage',
  });
});
