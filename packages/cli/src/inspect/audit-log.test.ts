import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRewardPool, rewardsConfig } from '@rlloom/rewards';
import type { RewardFunction, TrajectoryGroup } from '@rlloom/spec';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inspectAuditLog } from './audit-log.ts';

let folder: string;
let file: string;

const group = (responses: readonly string[], finalAnswer: string): TrajectoryGroup => ({
  task: { id: 'clips', tag: 'math', messages: [], groundTruth: { finalAnswer }, source: { file: 'a.jsonl', line: 3 } },
  trajectories: responses.map((responseText, sampleIndex) => ({
    taskId: 'clips',
    tag: 'math',
    sampleIndex,
    tokens: Int32Array.of(1, 2),
    promptLength: 1,
    lossMask: Uint8Array.of(0, 1),
    rolloutLogProbs: new Float32Array(2),
    policyVersions: Int32Array.of(-1, 0),
    stopReason: 'eos',
    turns: [],
    responseText,
  })),
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlloom-audit-'));
  file = join(folder, 'rewards.audit');
  const slow = { type: 'local', name: 'slow', verifies: false };
  const config = rewardsConfig.parse({
    workers: 1,
    audit: { file },
    domains: { math: { tags: ['math'], timeoutMs: 200, rewards: { answer: { type: 'math_rule' }, slow } } },
  });
  const pool = await createRewardPool(config, {
    local: {
      slow: (async ({ responseText }) => {
        if (responseText === 'never') await new Promise(() => undefined);
        return { verdict: 'correct', score: 0, parts: {}, reasons: [] };
      }) satisfies RewardFunction,
    },
  });
  await pool.score([group(['\\boxed{24}', '\\boxed{25}', 'never'], '24')]);
  await pool.close();
});
afterAll(() => rm(folder, { recursive: true }));

it('counts verdicts by domain and shows what could not be judged', async () => {
  const text = (await inspectAuditLog(file)).join('\n');
  expect(text).toMatch(/verdicts +3/);
  expect(text).toMatch(/math +3 +1 +1 +1 +0 +[\d.]+ +timeout 1/);
  expect(text).toContain('math: task clips (a.jsonl:3), response 2');
  expect(text).toContain('slow: passed the deadline of 200 ms');
});

it('says what a killed run left behind', async () => {
  await appendFile(file, new Uint8Array(5));
  expect((await inspectAuditLog(file)).join('\n')).toMatch(/cut off +5 B of a last record/);
});
