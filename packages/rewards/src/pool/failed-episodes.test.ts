import type { Task, Trajectory } from '@rlloom/spec';
import { expect, it } from 'vitest';
import { rewardsConfig } from '../rewards.config.ts';
import { createRewardPool } from './reward-pool.ts';

const task: Task = { id: 'a', tag: 'sum', messages: [], groundTruth: { finalAnswer: '3' } };

function trajectory(responseText: string, failure?: string): Trajectory {
  return {
    ...{ taskId: 'a', tag: 'sum', sampleIndex: 0, promptLength: 1, stopReason: 'eos', turns: [], responseText },
    ...{ tokens: Int32Array.of(1, 2), lossMask: Uint8Array.of(0, 1), policyVersions: Int32Array.of(-1, 0) },
    rolloutLogProbs: Float32Array.of(0, -1),
    ...(failure !== undefined && { failure }),
  };
}

it('does not judge what an environment could not finish, and judges its neighbours', async () => {
  const rewards = await createRewardPool(
    rewardsConfig.parse({ domains: { sums: { tags: ['sum'], rewards: { answer: { type: 'math_rule' } } } } }),
  );
  const trajectories = [trajectory('#### 3'), trajectory('#### 3', 'the server is gone'), trajectory('#### 4')];
  const [group] = await rewards.score([{ task, trajectories }]);
  await rewards.close();
  expect(group?.rewards).toEqual([1, null, 0]);
  expect(group?.results[1]).toMatchObject({
    verdict: 'unverifiable',
    score: null,
    reasons: ['the episode failed: the server is gone'],
  });
  expect(group?.objectives?.[0]?.rewards).toEqual([1, null, 0]);
});
