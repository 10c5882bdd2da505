import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../testing/run-command.ts';

const base = `
exp:
  name: trial
model:
  pretrain: model
data:
  train: [train.jsonl]
  eval: [eval.jsonl]
rewards:
  domains:
    all:
      tags: [sum]
      rewards:
        answer: { type: math_rule }
`;
const task = `
defaults: base
rollout:
  group_size: 4
training_control:
  max_steps: 10
  prompts_per_step: 8
actor:
  mini_batch_size: 16
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlloom-config-'));
  await writeFile(join(folder, 'base.yaml'), base);
  await writeFile(join(folder, 'task.yaml'), task);
});
afterAll(() => rm(folder, { recursive: true }));

function config(command: string, ...overrides: string[]) {
  return runCommand(['config', command, '--config_path', folder, '--config_name', 'task', ...overrides], {
    cwd: folder,
  });
}

describe('rlloom config explain', () => {
  it('prints each value with its place, and the batch arithmetic', async () => {
    const { code, stdout, stderr } = await config('explain', 'rollout.temperature=0.7');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/exp\.name +trial +.*base\.yaml:3/);
    expect(stdout).toMatch(/rollout\.group_size +4 +.*task\.yaml:4/);
    expect(stdout).toMatch(/rollout\.temperature +0\.7 +command line/);
    expect(stdout).toMatch(/exp\.seed +1 +default/);
    expect(stdout).toContain('8 prompts × 4 samples = 32 sequences');
    expect(stdout).toContain('32 sequences ÷ 16 per mini-batch × 1 epoch = 2 optimizer steps');
  });

  it('prints the same as JSON', async () => {
    const { code, stdout } = await config('explain', '--json');
    expect(code).toBe(0);
    const { files, values, batchArithmetic } = JSON.parse(stdout) as {
      files: string[];
      values: { path: string; value: unknown }[];
      batchArithmetic: { optimizerSteps: number };
    };
    expect(files).toHaveLength(2);
    expect(values).toContainEqual(expect.objectContaining({ path: 'rollout.group_size', value: 4 }));
    expect(batchArithmetic.optimizerSteps).toBe(2);
  });
});

describe('rlloom config validate', () => {
  it('says in one line that a configuration is valid', async () => {
    const { code, stdout } = await config('validate');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^valid: \d+ keys set in .*base\.yaml, .*task\.yaml\n$/);
  });

  it('names an unknown key, its place and the nearest right one', async () => {
    const { code, stdout, stderr } = await config('validate', 'rollout.grup_size=3');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('rollout.grup_size (command line): unknown key');
    expect(stderr).toContain('did you mean rollout.group_size?');
  });

  it('names a key without an effect', async () => {
    const { code, stderr } = await config('validate', 'algorithm.kl.target_kl=0.1');
    expect(code).toBe(2);
    expect(stderr).toContain('algorithm.kl.target_kl (command line): has no effect');
  });

  it('checks the batch arithmetic', async () => {
    const { code, stderr } = await config('validate', 'actor.mini_batch_size=5');
    expect(code).toBe(2);
    expect(stderr).toContain('32 sequences cannot be split into mini-batches of 5');
    expect(stderr).toContain('choose a divisor of 32');
  });

  it('names a configuration file that is not there', async () => {
    const { code, stderr } = await runCommand([
      'config',
      'validate',
      '--config_path',
      folder,
      '--config_name',
      'other',
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('other.yaml');
  });

  it('asks for the configuration', async () => {
    const { code, stderr } = await runCommand(['config', 'validate']);
    expect(code).toBe(2);
    expect(stderr).toContain('--config-path');
  });
});

it('prints the JSON Schema with the keys files have', async () => {
  const { code, stdout } = await runCommand(['config', 'schema']);
  expect(code).toBe(0);
  const schema = JSON.parse(stdout) as { properties: Record<string, { properties: Record<string, unknown> }> };
  expect(schema.properties['training_control']?.properties).toHaveProperty('max_steps');
});
