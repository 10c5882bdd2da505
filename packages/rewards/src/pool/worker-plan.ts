import { resolve } from 'node:path';
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
        verifies: part.verifies ?? part.type === 'math_rule',
        source: sourceOf(part, baseDirectory),
      })),
    })),
    onPartFailure: config.onPartFailure,
    timeoutMs: config.timeoutMs,
  };
}

function sourceOf(part: RewardPartConfig, baseDirectory: string): RewardSource {
  switch (part.type) {
    case 'math_rule':
      return { type: part.type, options: part.options };
    case 'format':
      return { type: part.type, options: part.options };
    case 'module':
      return { type: part.type, file: resolve(baseDirectory, part.module), export: part.export, options: part.options };
  }
}
