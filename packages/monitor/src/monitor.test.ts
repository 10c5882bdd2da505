import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Reporter, RlloomError } from '@rlloom/spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alertWhen } from './health/health-rule.ts';
import { runFiles } from './jsonl/run-files.ts';
import { madeUpInfo, madeUpStage, textCollector } from './made-up-run.test-support.ts';
import { createMonitor } from './monitor.ts';
import { monitorConfig } from './monitor.config.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rlloom-monitor-'));
});
afterEach(() => rm(directory, { recursive: true }));

// Records the names of the hooks it hears.
function listener(name: string, heard: string[], failAt?: string): Reporter {
  const hear = (hook: string): void => {
    heard.push(`${name} ${hook}`);
    if (hook === failAt) throw new Error('broken pipe');
  };
  return {
    name,
    onRunStart: () => hear('start'),
    onStepEnd: ({ step }) => hear(`step ${step}`),
    onEvaluation: ({ step }) => hear(`evaluation ${step}`),
    onMessage: ({ text }) => hear(text),
    onRunEnd: ({ status }) => hear(status),
  };
}

describe('several reporters as one', () => {
  it('writes what the configuration asks for', async () => {
    const stream = textCollector();
    const monitor = createMonitor({ directory, stream });
    await madeUpStage(monitor, madeUpInfo(directory));
    const files = runFiles(directory);
    expect(
      [files.metrics, files.evaluations, files.samples, files.run, files.tensorboard].filter(existsSync),
    ).toHaveLength(5);
    expect(stream.text()).toContain('rlvr 8/8  score 1.000');
    expect(monitor.warnings).toEqual([]);
  });

  it('leaves out what the configuration switches off', async () => {
    const stream = textCollector();
    const config = monitorConfig.parse({ console: 'off', tensorboard: false });
    await madeUpStage(createMonitor({ directory, config, stream }), madeUpInfo(directory));
    expect(stream.text()).toBe('');
    expect(existsSync(runFiles(directory).tensorboard)).toBe(false);
  });

  it('switches a reporter off that throws, says so once, and goes on', async () => {
    const heard: string[] = [];
    const reporters = [listener('bad', heard, 'step 1'), listener('good', heard)];
    const monitor = createMonitor({ directory, reporters });
    await madeUpStage(monitor, madeUpInfo(directory, { totalSteps: 2 }));
    const warning = 'reporter "bad" failed and is switched off: broken pipe';
    expect(monitor.warnings).toEqual([warning]);
    expect(heard.filter((line) => line.startsWith('bad'))).toEqual(['bad start', 'bad evaluation 0', 'bad step 1']);
    expect(heard.filter((line) => line.startsWith('good'))).toEqual([
      'good start',
      'good evaluation 0',
      `good ${warning}`,
      'good step 1',
      'good step 2',
      'good evaluation 2',
      'good finished',
    ]);
    expect(await readFile(runFiles(directory).messages, 'utf8')).toContain(warning.replaceAll('"', '\\"'));
  });

  it('survives reporters that fail at the failure of another', async () => {
    const heard: string[] = [];
    const warning = 'reporter "first" failed and is switched off: broken pipe';
    const reporters = [listener('first', heard, 'start'), listener('second', heard, warning)];
    const monitor = createMonitor({ directory, reporters });
    await madeUpStage(monitor, madeUpInfo(directory, { totalSteps: 1 }));
    expect(monitor.warnings).toHaveLength(2);
  });

  it('ends the run for a storage error, after the other reporters have heard of the step', async () => {
    const heard: string[] = [];
    const full: Reporter = {
      name: 'full',
      onStepEnd: () => Promise.reject(new RlloomError('storage', { what: 'the disk is full' })),
    };
    const monitor = createMonitor({ directory, reporters: [full, listener('good', heard)] });
    await expect(madeUpStage(monitor, madeUpInfo(directory))).rejects.toMatchObject({ kind: 'storage' });
    expect(heard.at(-1)).toBe('good step 1');
    expect(monitor.warnings).toEqual([]);
  });

  it.runIf(existsSync('/dev/full'))('ends the run when the disk is really full', async () => {
    const monitor = createMonitor({ directory });
    await madeUpStage(monitor, madeUpInfo(directory), 2);
    await unlink(runFiles(directory).metrics);
    await symlink('/dev/full', runFiles(directory).metrics);
    const step = { stage: 'rlvr', step: 3, metrics: {}, seconds: 1 };
    await expect(monitor.onStepEnd?.(step)).rejects.toMatchObject({ kind: 'storage', what: 'the disk is full' });
  });

  it('does not hide the error a run failed with behind its own', async () => {
    const broken: Reporter = {
      name: 'broken',
      onRunEnd: () => Promise.reject(new RlloomError('storage', { what: 'the disk is full' })),
    };
    const monitor = createMonitor({ directory, reporters: [broken] });
    await monitor.onRunStart?.(madeUpInfo(directory));
    await monitor.onRunEnd?.({ status: 'failed', step: 0, error: new Error('first'), summary: {} });
    await monitor.onRunStart?.(madeUpInfo(directory));
    await expect(monitor.onRunEnd?.({ status: 'finished', step: 0, summary: {} })).rejects.toMatchObject({
      kind: 'storage',
    });
  });

  it('closes what was left open, once', async () => {
    const heard: string[] = [];
    const monitor = createMonitor({ directory, reporters: [listener('good', heard)] });
    await madeUpStage(monitor, madeUpInfo(directory), 3);
    await monitor.close();
    await monitor.close();
    expect(heard.filter((line) => line === 'good failed')).toHaveLength(1);
  });

  it('renews the report every so many steps', async () => {
    const monitor = createMonitor({ directory, config: monitorConfig.parse({ reportSteps: 3 }) });
    await madeUpStage(monitor, madeUpInfo(directory), 2);
    expect(existsSync(runFiles(directory).report)).toBe(false);
    await monitor.onStepEnd?.({ stage: 'rlvr', step: 3, metrics: {}, seconds: 1 });
    expect(existsSync(runFiles(directory).report)).toBe(true);
  });
});

describe('health', () => {
  it('stops a run with metric, value and what to do, after the step has been written', async () => {
    const monitor = createMonitor({ directory });
    await monitor.onRunStart?.(madeUpInfo(directory));
    const metrics = { 'actor/loss': Number.NaN };
    const error: unknown = await Promise.resolve(
      monitor.onStepEnd?.({ stage: 'rlvr', step: 1, metrics, seconds: 1 }),
    ).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      kind: 'health',
      exitCode: 9,
      where: 'stage rlvr, step 1',
      what: 'actor/loss is NaN',
    });
    expect(await readFile(runFiles(directory).metrics, 'utf8')).toContain('"actor/loss":"NaN"');
  });

  it('warns and goes on', async () => {
    const healthRules = [alertWhen('train/accuracy', { above: 0.35, forSteps: 2, action: 'warn', fix: 'be glad' })];
    const monitor = createMonitor({ directory, healthRules });
    await madeUpStage(monitor, madeUpInfo(directory));
    expect(monitor.warnings).toEqual(['rlvr step 5: train/accuracy is 0.5, above 0.35 for 2 steps in a row → be glad']);
  });

  it('counts steps from before a resume', async () => {
    const healthRules = [alertWhen('train/accuracy', { above: 0.25, forSteps: 4, action: 'stop' })];
    await madeUpStage(createMonitor({ directory, healthRules }), madeUpInfo(directory), 4);
    const resumed = createMonitor({ directory, healthRules });
    await expect(madeUpStage(resumed, madeUpInfo(directory, { startStep: 4 }))).rejects.toMatchObject({
      where: 'stage rlvr, step 6',
    });
  });

  it('starts counting anew with each stage', async () => {
    const healthRules = [alertWhen('train/accuracy', { above: 0, forSteps: 3, action: 'stop' })];
    const monitor = createMonitor({ directory, healthRules });
    await madeUpStage(monitor, madeUpInfo(directory, { stage: 'sft', totalSteps: 2 }));
    await madeUpStage(monitor, madeUpInfo(directory, { completedStages: ['sft'], totalSteps: 2 }));
    expect(monitor.warnings).toEqual([]);
  });
});
