import { join } from 'node:path';
import { createGroupSource, createTrajectoryBuffer, type RolloutConfig } from '@rlloom/rollout';
import type { GroupSource, ScoredGroup, TaskStream } from '@rlloom/spec';
import { type StageContext, withoutSignal } from '@rlloom/trainers';
import type { RunConfig } from '../run-config.ts';

/** Whether groups are collected one by one and wait in a buffer; else each step samples its own, in one call. */
export function usesGroupSource({ mode, overSampling, dynamicSampling }: RolloutConfig): boolean {
  return mode !== 'sync' || overSampling > 1 || dynamicSampling.enabled;
}

/** How many updates old a group may be when it is trained on. */
export function stalenessBound({ mode, maxStaleness }: Pick<RolloutConfig, 'mode' | 'maxStaleness'>): number {
  return { sync: 0, one_step_off: 1, async: maxStaleness }[mode];
}

/** The source of a run's groups, as `rollout` says. */
export async function groupSource(
  { rollout, trainingControl, exp }: RunConfig,
  { context, stream, isNew }: { readonly context: StageContext; readonly stream: TaskStream; readonly isNew: boolean },
): Promise<GroupSource> {
  const { overSampling, dynamicSampling, asynchronous, buffer: options } = rollout;
  const { promptsPerStep: batchSize } = trainingControl;
  const maxStaleness = stalenessBound(rollout);
  const mayWait = Math.ceil((maxStaleness + overSampling) * batchSize);
  const buffer = await createTrajectoryBuffer({
    maxGroups: options.maxGroups ?? 4 * mayWait,
    maxUses: options.maxUses,
    ...(options.priority === 'spread' && { priority: ({ scored }) => Math.max(...scored.map(rewardSpread)) }),
    ...(dynamicSampling.enabled && { filter: withoutSignal }),
    ...(options.file !== null && { file: join(context.runDirectory, options.file) }),
  });
  // What a run of the same name left is not of these weights; a resumed run takes what its checkpoint holds.
  if (isNew) await buffer.drop(() => true, 'of an earlier run');
  return createGroupSource({
    stream,
    collect: context.collect,
    rewards: context.rewards,
    buffer,
    seed: exp.seed,
    batchSize,
    maxStaleness,
    maxConcurrent: asynchronous.maxConcurrentGroups ?? mayWait,
    overSampling,
    onStale: rollout.mode === 'sync' && overSampling > 1 ? 'drop' : asynchronous.onStale,
    ...(dynamicSampling.enabled && {
      maxBegunPerBatch: Math.ceil(dynamicSampling.maxGenerations * batchSize),
      whenShort: dynamicSampling.whenShort,
    }),
  });
}

/** How far the rewards of a group are apart: what there is to learn from it. */
function rewardSpread({ rewards }: ScoredGroup): number {
  const known = rewards.filter((reward) => reward !== null);
  return known.length === 0 ? 0 : Math.max(...known) - Math.min(...known);
}
