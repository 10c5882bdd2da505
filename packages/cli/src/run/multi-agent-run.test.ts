import { appendFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../testing/run-command.ts';
import { makeTinyRun, type TinyRun } from '../testing/tiny-run.ts';

let tiny: TinyRun;
beforeAll(async () => {
  tiny = await makeTinyRun();
  await appendFile(
    join(tiny.directory, 'config', 'tiny.yaml'),
    `environment:
  type: chain
  links:
    - { name: solver, max_new_tokens: 3 }
    - { name: reviser, prompt: '{task}{solver}=', own_weight: 0.5 }
`,
  );
});
afterAll(() => rm(tiny.directory, { recursive: true, force: true }));

const run = (...args: string[]) =>
  runCommand(['train', ...tiny.config, 'sft.max_steps=1', 'rollout.max_prompt_length=16', ...args], {
    cwd: tiny.directory,
  });

describe('rlloom train with several agents', () => {
  it('trains one policy on every role', async () => {
    const { code, stderr } = await run('training_control.max_steps=1');
    expect(stderr).not.toMatch(/error/i);
    expect(code).toBe(0);
    const metrics = (await readFile(join(tiny.directory, 'runs', 'tiny', 'metrics.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const last = JSON.stringify(metrics.at(-1));
    const count = (name: string): number => Number(new RegExp(`"${name}":(\\d+)`).exec(last)?.[1]);
    // 4 tasks, 4 episodes each, 2 roles.
    expect(count('batch/sequences') + count('batch/left_out')).toBe(32);
  }, 120_000);

  it.each([
    ['rollout.mode=async', /several groups per task/],
    ['environment.links=[{"name":"solver","own_weight":1,"tag":"poem"}]', /poem/],
  ])('refuses %s (exit 2)', async (setting, message) => {
    const { code, stderr } = await run('exp.name=refused', setting);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});
