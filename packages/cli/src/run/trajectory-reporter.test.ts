import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTrajectories } from '@rlloom/data';
import type { RunInfo, ScoredGroup } from '@rlloom/spec';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { trajectoryReporter } from './trajectory-reporter.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlloom-trajectories-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const info = (startStep: number): RunInfo => ({
  name: 'run',
  directory: folder,
  stage: 'rlvr',
  completedStages: ['sft'],
  totalSteps: 9,
  startStep,
  config: {},
});
const group: ScoredGroup = { task: { id: 'a', tag: 'sum', messages: [] }, trajectories: [], results: [], rewards: [] };

async function steps(file: string): Promise<number[]> {
  const found: number[] = [];
  for await (const row of readTrajectories(file)) found.push(row.step);
  return found;
}

it('keeps rows up to the step a run resumes from, and leaves no other file', async () => {
  const file = join(folder, 'trajectories.msgpack');
  const first = trajectoryReporter(file);
  await first.onRunStart?.(info(0));
  for (const step of [1, 3, 6]) await first.onSamples?.({ stage: 'rlvr', step, groups: [group, group] });
  const second = trajectoryReporter(file);
  await second.onRunStart?.(info(4));
  await second.onSamples?.({ stage: 'rlvr', step: 6, groups: [group] });
  await second.onRunEnd?.({ status: 'finished', step: 9, summary: {} });
  expect(await steps(file)).toEqual([1, 1, 3, 3, 6]);
  expect(await readdir(folder)).toEqual(['trajectories.msgpack']);
});
