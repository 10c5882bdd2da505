import {
  type CollectGroups,
  deriveSeed,
  type Metrics,
  type Reporter,
  type RewardScorer,
  type RunInfo,
  type ScoredGroup,
  type Task,
} from '@rlloom/spec';
import type { CheckpointStore } from '../checkpoint/checkpoint-store.ts';
import { evaluate } from '../evaluate.ts';

/** What every stage of a run shares. */
export interface StageContext {
  readonly runName: string;
  readonly runDirectory: string;
  readonly seed: number;
  /** Stages of the run in order, e.g. `['sft', 'rlvr']`. */
  readonly stages: readonly string[];
  readonly config: unknown;
  readonly reporter: Reporter;
  readonly checkpoints: CheckpointStore;
  readonly rewards: RewardScorer;
  readonly collect: CollectGroups;
  readonly evaluationTasks: readonly Task[];
  /** Aborted by the user: the stage ends at the next safe point, with a checkpoint. */
  readonly signal: AbortSignal;
}

/** How a stage ended. */
export interface StageResult {
  readonly status: 'finished' | 'stopped';
  readonly step: number;
  /** The last evaluation's metrics. */
  readonly evaluation: Metrics;
  readonly lastGroups: readonly ScoredGroup[];
}

/** The announcement of a stage to reporters. */
export function stageInfo(
  context: StageContext,
  stage: string,
  steps: { readonly start: number; readonly total: number },
): RunInfo {
  return {
    name: context.runName,
    directory: context.runDirectory,
    stage,
    completedStages: context.stages.slice(0, context.stages.indexOf(stage)),
    totalSteps: steps.total,
    startStep: steps.start,
    config: context.config,
  };
}

/** Whether something that happens every `interval` steps happens at `step`; 0 = never. */
export function isDue(step: number, interval: number): boolean {
  return interval > 0 && step % interval === 0;
}

/**
 * Evaluates the present weights and tells the reporter.
 *
 * @returns metrics and answers; `undefined` when the signal ended it, and then nothing is reported
 */
export async function evaluateStage(
  context: StageContext,
  { stage, step }: { readonly stage: string; readonly step: number },
): Promise<{ metrics: Metrics; groups: ScoredGroup[] } | undefined> {
  const result = await evaluate({
    tasks: context.evaluationTasks,
    collect: context.collect,
    rewards: context.rewards,
    seed: deriveSeed(context.seed, 'evaluate'),
    signal: context.signal,
    onProgress: (done, total) => context.reporter.onPhase?.({ step, phase: 'evaluate', done, total }),
  });
  if (context.signal.aborted) return undefined;
  await context.reporter.onEvaluation?.({ stage, step, ...result });
  return result;
}
