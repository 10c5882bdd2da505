import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTrajectoryWriter, type TrajectoryRow } from '@rlloom/data';
import type { Trajectory } from '@rlloom/spec';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inspectTrajectoryFile } from './trajectory-file.ts';

let folder: string;
let file: string;

function trajectory(sampleIndex: number, last: number): Trajectory {
  return {
    taskId: 'a',
    tag: 'sum',
    sampleIndex,
    tokens: Int32Array.of(7, 8, last),
    promptLength: 2,
    lossMask: Uint8Array.of(0, 0, 1),
    rolloutLogProbs: Float32Array.of(0, 0, -0.5),
    policyVersions: Int32Array.of(-1, -1, 3),
    stopReason: 'eos',
    turns: [
      { author: 'prompt', start: 0, end: 2 },
      { author: 'policy', start: 2, end: 3 },
    ],
    responseText: `answer ${last}`,
  };
}

function row(step: number, id: string): TrajectoryRow {
  return {
    stage: 'rlvr',
    step,
    group: {
      task: { id, tag: 'sum', messages: [] },
      trajectories: [trajectory(0, 10), trajectory(1, 11)],
      results: [
        { verdict: 'correct', score: 1, parts: { math_rule: 1 }, reasons: ['10 equals 10'] },
        { verdict: 'unverifiable', score: null, parts: { math_rule: null }, reasons: ['deadline'] },
      ],
      rewards: [1, null],
    },
  };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlloom-trajectories-'));
  file = join(folder, 'trajectories.msgpack');
  const writer = await createTrajectoryWriter(file);
  await writer.append([row(1, 'first'), row(2, 'second'), row(2, 'third')]);
  await writer.close();
});
afterAll(() => rm(folder, { recursive: true }));

it('shows the first sample of the last step token by token', async () => {
  const text = (await inspectTrajectoryFile(file, {}, undefined)).join('\n');
  expect(text).toContain('3 with 6 samples');
  expect(text).toContain('1 … 2');
  expect(text).toContain('step 2 (rlvr), group 0 of 2: task second, tag sum');
  expect(text).toMatch(/0 +1 +correct +1 +eos +answer 10/);
  expect(text).toMatch(/1 +unverifiable +unverifiable +1 +eos +answer 11/);
  expect(text).toContain('reward 1, score 1, parts: math_rule 1');
  expect(text).toContain('- 10 equals 10');
  expect(text).toMatch(/\n +1 +8 +prompt\n +2 +10 +policy +yes +-0\.5000 +3$/);
});

it('shows the sample asked for', async () => {
  const text = (await inspectTrajectoryFile(file, { step: 2, group: 1, sample: 1 }, undefined)).join('\n');
  expect(text).toContain('task third');
  expect(text).toContain('reward unverifiable, score unverifiable');
  expect(text).toMatch(/2 +11 +policy +yes/);
});

it.each([
  [{ step: 9 }, 'there is no step 9', 'choose one of 1 … 2'],
  [{ step: 1, group: 1 }, 'step 1 has no group 1', 'choose 0 … 0'],
  [{ sample: 2 }, 'no sample 2', 'choose 0 … 1'],
])('says what there is instead of %j', async (choice, what, fix) => {
  await expect(inspectTrajectoryFile(file, choice, undefined)).rejects.toThrow(what);
  await expect(inspectTrajectoryFile(file, choice, undefined)).rejects.toThrow(fix);
});

it('says that the last row is incomplete after a kill', async () => {
  await appendFile(file, Buffer.of(1, 2, 3));
  expect((await inspectTrajectoryFile(file, {}, undefined)).join('\n')).toContain(
    '3 B at the end are an incomplete row',
  );
});
