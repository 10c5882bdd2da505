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

async function metricsOf(name: string): Promise<string[]> {
  return (await readFile(join(tiny.directory, 'runs', name, 'metrics.jsonl'), 'utf8')).trim().split('\n');
}

const count = (line: string, name: string): number => Number(new RegExp(`"${name}":(\\d+)`).exec(line)?.[1]);

describe('rlloom train with several agents', () => {
  it('trains one policy on every role', async () => {
    const { code, stderr } = await run('training_control.max_steps=1');
    expect(stderr).not.toMatch(/error/i);
    expect(code).toBe(0);
    const last = (await metricsOf('tiny')).at(-1) ?? '';
    // 4 tasks, 4 episodes each, 2 roles.
    expect(count(last, 'batch/sequences') + count(last, 'batch/left_out')).toBe(32);
  }, 120_000);

  it.each([
    ['async', ['rollout.max_staleness=1']],
    ['one_step_off', []],
    ['sync', ['rollout.over_sampling=1.5']],
  ])(
    'does so with rollout.mode=%s, and goes on where it was stopped',
    async (mode, more) => {
      const overrides = [`exp.name=${mode}`, `rollout.mode=${mode}`, ...more];
      for (const setting of ['training_control.max_steps=2', 'training_control.max_steps=3 --resume']) {
        const { code, stderr } = await run(...overrides, ...setting.split(' '));
        expect(stderr).not.toMatch(/error/i);
        expect(code).toBe(0);
      }
      const steps = (await metricsOf(mode)).filter((line) => line.includes('"staleness/max"'));
      expect(steps).toHaveLength(3);
      for (const step of steps) {
        expect(count(step, 'batch/sequences') + count(step, 'batch/left_out')).toBe(32);
        expect(count(step, 'staleness/max')).toBeLessThanOrEqual(mode === 'sync' ? 0 : 1);
        expect(count(step, 'rollout/groups_failed')).toBe(0);
      }
    },
    240_000,
  );

  it.each([
    ['rollout.custom_generation={module: mine.mjs}', /its own way of sampling/],
    ['environment.links=[{"name":"solver","own_weight":1,"tag":"poem"}]', /poem/],
  ])('refuses %s (exit 2)', async (setting, message) => {
    const { code, stderr } = await run('exp.name=refused', setting);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});
