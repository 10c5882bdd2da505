import { resolve } from 'node:path';
import { rewardKinds } from '../reward-kinds.ts';
import type { RewardPartConfig, RewardsConfig } from '../rewards.config.ts';
import type { RewardSource, WorkerPlan } from '../worker/messages.ts';

/** What the threads need of a configuration: weights and verifying parts decided, module paths absolute. */
export function workerPlan(config: RewardsConfig, baseDirectory: string): WorkerPlan {
  return {
    domains: Object.entries(config.domains).map(([name, { rewards }]) => ({
      name,
      parts: Object.entries(rewards).map(([partName, part]) => ({
        name: partName,
        weight: part.weight ?? config.rewardWeights[partName] ?? 1,
        verifies: part.verifies ?? (part.type === 'module' ? false : rewardKinds[part.type].verifies),
        source: sourceOf(part, baseDirectory),
      })),
    })),
    onPartFailure: config.onPartFailure,
    timeoutMs: config.timeoutMs,
  };
}

function sourceOf(part: RewardPartConfig, baseDirectory: string): RewardSource {
  if (part.type !== 'module') return { type: part.type, options: part.options };
  return { type: part.type, file: resolve(baseDirectory, part.module), export: part.export, options: part.options };
}
