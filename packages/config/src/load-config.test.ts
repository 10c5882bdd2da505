import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { isRlloomError, type RlloomError } from '@rlloom/spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadConfig, type LoadedConfig } from './load-config.ts';
import { deadUnless } from './rules.ts';

const klConfig = z.strictObject({
  controller: z.enum(['fixed', 'adaptive']).default('fixed').describe('how the coefficient moves'),
  targetKl: z.number().positive().nullable().default(null).describe('what the adaptive controller aims at'),
  horizon: z.number().positive().default(1000).describe('how fast it moves'),
});
const optimizerConfig = z.strictObject({
  learningRate: z.number().positive().default(1e-6),
  beta1: z.number().min(0).lt(1).default(0.9),
});
const judge = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('math_rule'), tolerance: z.number().min(0).default(1e-6) }),
  z.strictObject({ kind: z.literal('model'), baseUrl: z.string(), maxTokens: z.int().positive().default(256) }),
]);
const schema = z.strictObject({
  exp: z.strictObject({ name: z.string().describe('name of the run'), seed: z.int().min(0).default(1) }),
  rollout: z
    .strictObject({
      groupSize: z.int().positive().default(8),
      topP: z.number().gt(0).max(1).default(1),
      stopStrings: z.array(z.string().min(1)).default([]),
    })
    .prefault({}),
  data: z.strictObject({ train: z.array(z.string()).min(1), debug: z.boolean().default(false) }),
  rewards: z
    .strictObject({
      rewardWeights: z.record(z.string(), z.number()).default({ math_rule: 1 }),
      judges: z.array(judge).default([]),
      clip: z
        .union([z.number().positive(), z.tuple([z.number(), z.number()])])
        .nullable()
        .default(null),
    })
    .prefault({}),
  kl: klConfig.prefault({}),
  sft: z.strictObject({ optimizer: optimizerConfig.prefault({ learningRate: 1e-5 }) }).prefault({}),
});
type Config = z.infer<typeof schema>;
const rules = [
  deadUnless<Config>('kl.horizon', (config) => config.kl.controller === 'adaptive', 'kl.controller is not "adaptive"'),
  {
    paths: ['kl.controller', 'kl.target_kl'],
    check: ({ kl }: Config) =>
      kl.controller === 'adaptive' && kl.targetKl === null ? 'an adaptive controller has nothing to aim at' : undefined,
    fix: 'set kl.target_kl',
  },
];

let directory: string;
beforeEach(async () => {
  directory = relative(process.cwd(), await mkdtemp(join(tmpdir(), 'rlloom-config-')));
});
afterEach(() => rm(directory, { recursive: true }));

const base = 'exp:\n  name: base\ndata:\n  train: [a.jsonl]\n';

async function load(files: Record<string, string>, ...overrides: string[]): Promise<LoadedConfig<Config>> {
  for (const [name, text] of Object.entries({ 'base.yaml': base, ...files })) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  return loadConfig({ schema, configPath: directory, configName: 'train', overrides, rules });
}

// The message with the temporary folder taken out.
async function failure(files: Record<string, string>, ...overrides: string[]): Promise<string> {
  const error: unknown = await load(files, ...overrides).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(isRlloomError(error) && error.kind).toBe('config');
  return (error as RlloomError).message.replaceAll(`${directory}/`, '');
}

describe('inheritance', () => {
  it('lays the file on what it inherits, key by key, lists as a whole', async () => {
    const { config, files } = await load({
      'common/model.yaml': 'rollout: { top_p: 0.9, group_size: 16 }\ndata: { train: [b.jsonl, c.jsonl] }\n',
      'mid.yaml': 'defaults: base\nrollout:\n  group_size: 2\n',
      'train.yaml': 'defaults: [mid, common/model]\nexp:\n  seed: 7\nrollout: { stop_strings: ["\\n"] }\n',
    });
    expect(config.exp).toEqual({ name: 'base', seed: 7 });
    expect(config.rollout).toEqual({ groupSize: 16, topP: 0.9, stopStrings: ['\n'] });
    expect(config.data.train).toEqual(['b.jsonl', 'c.jsonl']);
    expect(files.map((file) => relative(directory, file))).toEqual([
      'base.yaml',
      'mid.yaml',
      'common/model.yaml',
      'train.yaml',
    ]);
  });

  it('takes null as a value', async () => {
    const { config } = await load({
      'mid.yaml': 'defaults: [base]\nkl: { target_kl: 0.1 }',
      'train.yaml': 'defaults: [mid]\nkl: { target_kl: null }',
    });
    expect(config.kl.targetKl).toBeNull();
  });

  it('replaces and removes on request', async () => {
    const mid =
      'defaults: [base]\nrewards: { reward_weights: { math_rule: 1, format: 0.5 } }\nkl: { horizon: 5, controller: adaptive, target_kl: 1 }';
    const { config } = await load({
      'mid.yaml': mid,
      'train.yaml':
        'defaults: [mid]\nrewards: { reward_weights: !replace { code: 2 } }\nkl: { horizon: !remove , controller: fixed }',
    });
    expect(config.rewards.rewardWeights).toEqual({ code: 2 });
    expect(config.kl.horizon).toBe(1000);
  });

  it('says so when there is nothing to remove', async () => {
    expect(await failure({ 'train.yaml': 'defaults: [base]\nkl: { horizon: !remove }' })).toContain(
      'kl.horizon (train.yaml:2:7): there is nothing inherited to remove',
    );
  });

  it('reads anchors, aliases and merge keys', async () => {
    const { config } = await load({
      'train.yaml':
        'defaults: [base]\nkl: &kl { controller: adaptive, target_kl: 0.5 }\nsft: { optimizer: { learning_rate: 0.5, beta1: 0.5 } }\n',
    });
    expect(config.kl.targetKl).toBe(0.5);
    const merged = await load({
      'train.yaml':
        'defaults: [base]\nrewards:\n  reward_weights: { <<: &w { a: 1, b: 2 }, b: 3 }\n  judges: [{ kind: model, base_url: &u "http://x" }, { kind: model, base_url: *u }]\n',
    });
    expect(merged.config.rewards.rewardWeights).toEqual({ a: 1, b: 3 });
    expect(merged.config.rewards.judges).toEqual([
      { kind: 'model', baseUrl: 'http://x', maxTokens: 256 },
      { kind: 'model', baseUrl: 'http://x', maxTokens: 256 },
    ]);
  });

  it('names the chain of a missing file and of a circle', async () => {
    expect(await failure({ 'train.yaml': 'defaults: [mid]', 'mid.yaml': 'defaults: [../gone]' })).toContain(
      'train.yaml → mid.yaml: "../gone" is inherited, but there is no such file',
    );
    expect(await failure({ 'train.yaml': 'defaults: [mid]', 'mid.yaml': 'defaults: train' })).toContain(
      'train.yaml → mid.yaml → train.yaml: these files inherit from one another in a circle',
    );
  });

  it('finds names in the base directory that are not beside the file', async () => {
    await load({ 'presets/small.yaml': 'rollout: { group_size: 3 }', 'train.yaml': 'defaults: base' });
    await writeFile(join(directory, 'train.yaml'), 'defaults: [base, small]');
    const { config } = await loadConfig({
      schema,
      configPath: join(directory, 'train.yaml'),
      baseDirectory: join(directory, 'presets'),
    });
    expect(config.rollout.groupSize).toBe(3);
  });

  it('keeps the rest of a group default when one of its keys is set', async () => {
    const { config } = await load({ 'train.yaml': 'defaults: [base]\nsft: { optimizer: { beta1: 0.5 } }' });
    expect(config.sft.optimizer).toEqual({ learningRate: 1e-5, beta1: 0.5 });
  });
});

describe('problems', () => {
  it('lists all of them at once, in the order of the files, with place, expectation and nearest key', async () => {
    const text = [
      'defaults: [base]',
      'exp:',
      '  nmae: x',
      'rollout:',
      '  groupSize: 4',
      '  top_p: 1.5',
      '  learning_rate: 1',
      'rewards:',
      '  judges:',
      '    - kind: model',
      '      base_url: 5',
      '      max_token: 7',
      'kl:',
      '  controller: adaptiv',
      'data: { debug: yes }',
    ].join('\n');
    expect(await failure({ 'train.yaml': text }, 'rollout.group_size=abc')).toBe(
      [
        '9 problems in the configuration',
        '  exp.nmae (train.yaml:3:3): unknown key\n    → did you mean exp.name?',
        '  rollout.groupSize (train.yaml:5:3): keys are written in snake_case\n    → write rollout.group_size',
        '  rollout.top_p (train.yaml:6:3): expected a positive number of at most 1, got 1.5',
        '  rollout.learning_rate (train.yaml:7:3): unknown key\n    → did you mean sft.optimizer.learning_rate?',
        '  rewards.judges.0.base_url (train.yaml:11:7): expected a text, got 5\n    → put it in quotes: "5"',
        '  rewards.judges.0.max_token (train.yaml:12:7): unknown key\n    → did you mean rewards.judges.0.max_tokens?',
        '  kl.controller (train.yaml:14:3): expected one of "fixed", "adaptive", got "adaptiv"\n    → did you mean "adaptive"?',
        '  data.debug (train.yaml:15:9): expected true or false, got "yes"\n    → write true',
        '  rollout.group_size (command line): expected a positive integer, got "abc"',
      ].join('\n'),
    );
  });

  it('says what is required, and where it would go', async () => {
    expect(await failure({ 'train.yaml': 'exp:\n  seed: 1\ndata: { train: [] }' })).toBe(
      [
        '2 problems in the configuration',
        '  exp.name (train.yaml:1:1): required, but not set (name of the run); expected a text\n    → set it in a file, or on the command line with exp.name=…',
        '  data.train (train.yaml:3:9): expected a list of at least 1 entry, got 0',
      ].join('\n'),
    );
    expect(await failure({ 'train.yaml': '' })).toContain(
      'exp: required, but not set; expected a group of keys (name, seed)',
    );
  });

  it('speaks of the option of a union that was meant', async () => {
    const judges = (inside: string): Promise<string> =>
      failure({ 'train.yaml': `defaults: [base]\nrewards:\n  judges:\n    - ${inside}` });
    expect(await judges('{ kind: modle }')).toContain(
      'rewards.judges.0.kind (train.yaml:4:9): expected one of "math_rule", "model", got "modle"\n    → did you mean "model"?',
    );
    expect(await judges('{ kind: math_rule, tolerance: -1 }')).toContain(
      'rewards.judges.0.tolerance (train.yaml:4:26): expected a number of at least 0, got -1',
    );
    expect(await judges('{ tolerance: 1 }')).toContain('rewards.judges.0.kind (train.yaml:4:7): required, but not set');
    const clip = await failure({ 'train.yaml': 'defaults: [base]\nrewards: { clip: [1, x] }' });
    expect(clip).toContain('rewards.clip.1 (train.yaml:2:22): expected a number, got "x"');
    expect(await failure({ 'train.yaml': 'defaults: [base]\nrewards: { clip: no }' })).toContain(
      'expected a positive number, or a list of a number, a number, or null, got "no"',
    );
  });

  it('checks the values of records and leaves their keys alone', async () => {
    const files = { 'train.yaml': 'defaults: [base]\nrewards:\n  reward_weights:\n    math.hardCase: 1\n    b: x' };
    expect(await failure(files)).toBe(
      '1 problem in the configuration\n  rewards.reward_weights.b (train.yaml:5:5): expected a number, got "x"',
    );
  });

  it('refuses what is not YAML, with the line', async () => {
    expect(await failure({ 'train.yaml': 'exp: {\nkl: 1\nkl: 2' })).toMatch(
      /train\.yaml: not valid YAML\n {2}train\.yaml:\d+:\d+: /,
    );
    expect(await failure({ 'train.yaml': '- a' })).toContain('a configuration file holds keys and values');
    expect(await failure({ 'train.yaml': 'kl: &a [*a]' })).toContain(
      'this alias refers to a map or list it is part of',
    );
    expect(await failure({ 'train.yaml': 'kl: 1\nkl: 2' })).toContain('train.yaml:2:1: Map keys must be unique');
  });

  it('names a file that is not there', async () => {
    await expect(loadConfig({ schema, configPath: directory, configName: 'nothing' })).rejects.toMatchObject({
      kind: 'config',
      where: join(directory, 'nothing.yaml'),
    });
  });
});

describe('rules', () => {
  it('refuses a key that was set and has no effect, naming both keys', async () => {
    expect(await failure({ 'train.yaml': 'defaults: [base]\nkl: { horizon: 1000 }' })).toBe(
      '1 problem in the configuration\n  kl.horizon (train.yaml:2:7): has no effect, because kl.controller is not "adaptive"\n    → remove kl.horizon, or change what makes it idle',
    );
  });

  it('refuses a contradiction at the key that was set', async () => {
    expect(await failure({ 'train.yaml': 'defaults: [base]' }, 'kl.controller=adaptive')).toContain(
      'kl.controller (command line): an adaptive controller has nothing to aim at\n    → set kl.target_kl',
    );
  });

  it('says nothing about defaults', async () => {
    const { config } = await load({ 'train.yaml': 'defaults: [base]\nkl: {}' });
    expect(config.kl.horizon).toBe(1000);
  });

  it('refuses a rule about a key the schema does not have', async () => {
    await load({ 'train.yaml': 'defaults: [base]' });
    const wrong = [deadUnless<Config>('kl.horizn', () => true, '')];
    await expect(
      loadConfig({ schema, configPath: directory, configName: 'train', rules: wrong }),
    ).rejects.toMatchObject({
      kind: 'unexpected',
      what: 'a rule speaks of kl.horizn, which the schema does not have',
    });
  });
});

describe('overrides', () => {
  const train = { 'train.yaml': 'defaults: [base]\nrewards: { reward_weights: { "math.hard": 1 } }' };

  it('are YAML, and the last one counts', async () => {
    const { config } = await load(
      train,
      'rollout.group_size=4',
      'rollout.group_size=2',
      'data.train=[x.jsonl, y.jsonl]',
      'data.train.1=z.jsonl',
      '+data.train.2=w.jsonl',
      'rewards.reward_weights."math.hard"=3',
      '+rewards.reward_weights.code=0.5',
      'kl={controller: adaptive, target_kl: 0.1}',
      'exp.name=a=b',
      'rollout.top_p=1e-1',
    );
    expect(config.rollout).toMatchObject({ groupSize: 2, topP: 0.1 });
    expect(config.data.train).toEqual(['x.jsonl', 'z.jsonl', 'w.jsonl']);
    expect(config.rewards.rewardWeights).toEqual({ 'math.hard': 3, code: 0.5 });
    expect(config.kl).toEqual({ controller: 'adaptive', targetKl: 0.1, horizon: 1000 });
    expect(config.exp.name).toBe('a=b');
  });

  it('keep the other entries of a record that only has a default', async () => {
    const { config } = await load({ 'train.yaml': 'defaults: [base]' }, '+rewards.reward_weights.code=2');
    expect(config.rewards.rewardWeights).toEqual({ math_rule: 1, code: 2 });
  });

  it('add whole entries to lists of groups', async () => {
    const { config } = await load(
      train,
      '+rewards.judges.0={kind: model, base_url: u}',
      'rewards.judges.0.max_tokens=5',
    );
    expect(config.rewards.judges).toEqual([{ kind: 'model', baseUrl: 'u', maxTokens: 5 }]);
  });

  it('take inherited values away', async () => {
    const { config } = await load({ 'train.yaml': 'defaults: [base]\nkl: { horizon: 5 }' }, '~kl.horizon');
    expect(config.kl.horizon).toBe(1000);
  });

  it.each([
    ['rollout.groop_size=1', 'rollout.groop_size (command line): unknown key\n    → did you mean rollout.group_size?'],
    ['rollout.groupSize=1', 'keys are written in snake_case\n    → write rollout.group_size'],
    [
      '+rollout.group_size=1',
      'rollout.group_size (command line): this key exists already\n    → drop the +: rollout.group_size=1',
    ],
    ['+rewards.reward_weights."math.hard"=2', 'this key exists already'],
    [
      'rewards.reward_weights.code=2',
      'there is no such entry yet\n    → to add it, write +rewards.reward_weights.code=2',
    ],
    ['+nothing.here=1', 'nothing (command line): unknown key'],
    ['exp.name.first=1', 'exp.name is a single value, it has no keys'],
    ['data.train.1=x', 'there is no such entry yet\n    → to add it, write +data.train.1=x'],
    ['+data.train.7=x', 'this list has 1 entry\n    → count from 0; 1 adds one'],
    ['data.train.first=x', 'this list has 1 entry'],
    ['~kl.horizon', 'kl.horizon (command line): there is nothing to remove'],
    ['rollout.group_size', 'not an override'],
    ['=4', 'not an override'],
    ['exp.name="open', 'the value is not valid YAML'],
    ['rollout.group_size=', 'rollout.group_size (command line): expected a positive integer, got null'],
  ])('%s is refused', async (override, message) => {
    expect(await failure(train, override)).toContain(message);
  });
});
