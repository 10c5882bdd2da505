import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jsonlReporter } from '@rlloom/monitor';
import type { ScoredGroup } from '@rlloom/spec';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inspectRunFolder } from './run-folder.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlloom-run-'));
});
afterAll(() => rm(folder, { recursive: true }));

const group: ScoredGroup = {
  task: { id: 'task-1', tag: 'sum', messages: [{ role: 'user', content: '2+2' }], groundTruth: { finalAnswer: '4' } },
  trajectories: [
    {
      taskId: 'task-1',
      tag: 'sum',
      sampleIndex: 0,
      tokens: Int32Array.of(1, 2),
      promptLength: 1,
      lossMask: Uint8Array.of(0, 1),
      rolloutLogProbs: Float32Array.of(0, -0.5),
      policyVersions: Int32Array.of(-1, 0),
      stopReason: 'eos',
      turns: [],
      responseText: 'it is 5',
    },
  ],
  results: [{ verdict: 'incorrect', score: 0, parts: { math_rule: 0 }, reasons: ['5 is not 4'] }],
  rewards: [0],
};

// Written by the reporter that real runs write with.
async function writeRun(directory: string): Promise<void> {
  const reporter = jsonlReporter({ directory });
  await reporter.onRunStart?.({
    name: 'r',
    directory,
    stage: 'rlvr',
    completedStages: [],
    totalSteps: 9,
    startStep: 0,
    config: {},
  });
  for (const [step, reward] of [0.25, 0.75].entries()) {
    await reporter.onStepEnd?.({ stage: 'rlvr', step: step + 1, metrics: { 'reward/mean': reward }, seconds: 2 });
  }
  await reporter.onSamples?.({ stage: 'rlvr', step: 2, groups: [group] });
  await reporter.onEvaluation?.({ stage: 'rlvr', step: 2, metrics: { accuracy: 0.5 }, groups: [] });
  reporter.onMessage?.({ level: 'warning', text: 'entropy is low' });
  await mkdir(join(directory, 'checkpoints', 'rlvr-000002'), { recursive: true });
  await mkdir(join(directory, 'checkpoints', '.partial-rlvr-000003'));
}

it('shows stages, curves, evaluations, samples with reward parts, and messages', async () => {
  const directory = join(folder, 'run');
  await writeRun(directory);
  const text = (await inspectRunFolder(directory)).join('\n');
  expect(text).toMatch(/rlvr +running at step 0 of 9/);
  expect(text).toMatch(/checkpoints +rlvr-000002\n/);
  expect(text).toContain('metrics of rlvr up to step 2');
  expect(text).toMatch(/reward\/mean +0\.75 +0\.25 +0\.25 +0\.75\n/);
  expect(text).toMatch(/timing\/seconds +2 +2 +2 +2\n/);
  expect(text).toMatch(/stage +step +accuracy\n +rlvr +2 +0\.5\n/);
  expect(text).toContain('sample of rlvr step 2: task task-1');
  expect(text).toMatch(
    /response +it is 5\n +answer +4\n +reward +0, incorrect, ended by eos\n +math_rule +0\n +because +5 is not 4/,
  );
  expect(text).toContain('rlvr step 2, warning: entropy is low');
});

it('shows what there is of a run that has only begun', async () => {
  const directory = join(folder, 'young');
  await mkdir(directory);
  expect((await inspectRunFolder(directory)).join('\n')).toBe(`${directory}\n  checkpoints  none`);
});
