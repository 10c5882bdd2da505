import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../testing/run-command.ts';
import { makeTinyRun, type TinyRun } from '../testing/tiny-run.ts';

let tiny: TinyRun;
beforeAll(async () => {
  tiny = await makeTinyRun();
});
afterAll(() => rm(tiny.directory, { recursive: true, force: true }));

const train = (name: string, ...more: string[]) => ['train', ...tiny.config, `exp.name=${name}`, ...more];

// What must be equal: everything but wall-clock times.
async function outcome(name: string): Promise<{ metrics: unknown[]; evaluations: unknown[]; weights: Buffer }> {
  const run = join(tiny.directory, 'runs', name);
  const lines = async (file: string) =>
    (await readFile(join(run, file), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => {
        const { timing: _, ...rest } = JSON.parse(line) as Record<string, unknown>;
        return rest;
      });
  return {
    metrics: await lines('metrics.jsonl'),
    evaluations: await lines('evaluations.jsonl'),
    weights: await readFile(join(run, 'model', 'model.safetensors')),
  };
}

/** Kills the process with SIGKILL as soon as `isThere` holds. */
function killWhen(isThere: () => Promise<boolean>) {
  return async (process: { kill(signal: NodeJS.Signals): void }): Promise<void> => {
    const giveUp = Date.now() + 50_000;
    while (!(await isThere())) {
      if (Date.now() > giveUp) throw new Error('the moment to kill the run never came');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    process.kill('SIGKILL');
  };
}

/** Whether the run has reached a phase in a step, by its event log. */
function reached(name: string, phase: string, step: number) {
  return async (): Promise<boolean> => {
    const log = await readFile(join(tiny.directory, 'runs', name, 'events.jsonl'), 'utf8').catch(() => '');
    return log.split('\n').some((line) => line.includes(`"to":"${phase}"`) && line.includes(`"step":${step},`));
  };
}

const isWritingCheckpoint = (name: string) => async (): Promise<boolean> => {
  const names = await readdir(join(tiny.directory, 'runs', name, 'checkpoints')).catch(() => []);
  return names.some((entry) => entry.startsWith('.partial-rlvr'));
};

describe('rlloom train --resume after kill -9', () => {
  let whole: Awaited<ReturnType<typeof outcome>>;
  beforeAll(async () => {
    const { code, stderr } = await runCommand(train('whole'), { cwd: tiny.directory });
    expect(code, stderr).toBe(0);
    whole = await outcome('whole');
    expect(whole.metrics).toHaveLength(12);
  }, 120_000);

  it.each([
    ['in a rollout', (name: string) => reached(name, 'rollout', 5)],
    ['in an update', (name: string) => reached(name, 'update', 6)],
    ['while a checkpoint is written', isWritingCheckpoint],
  ])(
    'equals the uninterrupted run: killed %s',
    async (where, moment) => {
      const name = where.replaceAll(' ', '-');
      const killed = await runCommand(train(name), { cwd: tiny.directory, whileRunning: killWhen(moment(name)) });
      expect(killed.code).toBeNull();
      const resumed = await runCommand(train(name, '--resume'), { cwd: tiny.directory });
      expect(resumed.code, resumed.stderr).toBe(0);
      const outcomeOfBoth = await outcome(name);
      expect(outcomeOfBoth.metrics).toEqual(whole.metrics);
      expect(outcomeOfBoth.evaluations).toEqual(whole.evaluations);
      expect(outcomeOfBoth.weights.equals(whole.weights)).toBe(true);
    },
    120_000,
  );

  it('stops at a safe point on the first interrupt, and goes on from there', async () => {
    const stopped = await runCommand(train('interrupted'), {
      cwd: tiny.directory,
      async whileRunning(process) {
        await killWhen(reached('interrupted', 'update', 3))({ kill: () => process.kill('SIGINT') });
      },
    });
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain('continue with --resume');
    const resumed = await runCommand(train('interrupted', '--resume'), { cwd: tiny.directory });
    expect(resumed.code, resumed.stderr).toBe(0);
    expect((await outcome('interrupted')).weights.equals(whole.weights)).toBe(true);
  }, 120_000);

  it('says what differs when a run is resumed with another configuration', async () => {
    const changed = await runCommand(train('whole', '--resume', 'actor.optimizer.learning_rate=0.02'), {
      cwd: tiny.directory,
    });
    expect(changed.code, changed.stderr).toBe(0);
    expect(changed.stderr).toContain('actor.optimizer.learning_rate: 0.01 → 0.02');
  }, 120_000);

  it('starts from the beginning when it was killed before its first checkpoint', async () => {
    const name = 'early';
    const hasStarted = async () => {
      const names: string[] = await readdir(join(tiny.directory, 'runs', name)).catch(() => []);
      return names.includes('metrics.jsonl');
    };
    await runCommand(train(name), { cwd: tiny.directory, whileRunning: killWhen(hasStarted) });
    const resumed = await runCommand(train(name, '--resume'), { cwd: tiny.directory });
    expect(resumed.code, resumed.stderr).toBe(0);
    expect((await outcome(name)).weights.equals(whole.weights)).toBe(true);
  }, 120_000);
});
