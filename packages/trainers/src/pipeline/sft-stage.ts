import { type Metrics, type ScoredGroup, type TaskStream, type TrainingSequence } from '@rlloom/spec';
import { scheduledLearningRate } from '../learning-rate.ts';
import type { LocalPolicy } from '../policy/local-policy.ts';
import type { SftConfig } from '../sft.config.ts';
import { sftStep } from '../sft.ts';
import { readStageState, writeStageState } from './stage-state.ts';
import { evaluateStage, isDue, type StageContext, stageInfo, type StageResult } from './stage.ts';

/** What the SFT stage trains and on what. */
export interface SftStage {
  readonly context: StageContext;
  readonly config: SftConfig;
  readonly policy: LocalPolicy;
  readonly stream: TaskStream;
  /** A record's tokens: `demonstrationSequence` with its options. */
  readonly encode: (task: ReturnType<TaskStream['nextBatch']>[number]) => TrainingSequence;
  /** Folder of the checkpoint to continue from. */
  readonly resumeFrom: string | undefined;
}

/**
 * The supervised stage: evaluate, then `maxSteps` optimizer steps with checkpoints and evaluations in between, then
 * evaluate. Stopped by the signal, it saves the last complete step.
 */
export async function runSftStage(stage: SftStage): Promise<StageResult> {
  const { context, config, policy, stream } = stage;
  const { reporter, signal } = context;
  let step = 0;
  let evaluation: Metrics = {};
  let evaluationDue = false;
  let lastGroups: readonly ScoredGroup[] = [];

  if (stage.resumeFrom !== undefined) {
    const state = await readStageState(stage.resumeFrom);
    await policy.loadState(stage.resumeFrom);
    stream.restore(state.stream);
    step = state.step;
    evaluation = state.evaluation;
    evaluationDue = state.evaluationDue;
  }
  await reporter.onRunStart?.(stageInfo(context, 'sft', { start: step, total: config.maxSteps }));

  const evaluateNow = async (): Promise<void> => {
    evaluationDue = true;
    const result = await evaluateStage(context, { stage: 'sft', step });
    if (result === undefined) return;
    evaluationDue = false;
    evaluation = result.metrics;
    lastGroups = result.groups;
  };
  const checkpoint = async (): Promise<void> => {
    reporter.onPhase?.({ step, phase: 'checkpoint', done: 0, total: 1 });
    const entry = await context.checkpoints.save(
      { stage: 'sft', order: context.stages.indexOf('sft'), step },
      async (directory) => {
        await policy.saveState(directory);
        await writeStageState(directory, {
          stage: 'sft',
          step,
          stream: stream.state(),
          evaluation,
          evaluationDue,
          klCoefficient: null,
          reference: null,
        });
      },
    );
    await reporter.onCheckpoint?.({ stage: 'sft', step, directory: entry.directory });
  };

  const isNew = stage.resumeFrom === undefined && context.evaluationTasks.length > 0;
  if (isNew || evaluationDue) await evaluateNow();
  while (step < config.maxSteps && !signal.aborted) {
    const startedAt = performance.now();
    const sequences = stream.nextBatch().map(stage.encode);
    const learningRate = scheduledLearningRate(config.optimizer, step, config.maxSteps);
    reporter.onPhase?.({ step: step + 1, phase: 'sft', done: 0, total: 1 });
    const metrics = await sftStep({ policy, sequences, config, learningRate });
    step += 1;
    await reporter.onStepEnd?.({ stage: 'sft', step, metrics, seconds: (performance.now() - startedAt) / 1000 });
    const isLast = step === config.maxSteps;
    if (context.evaluationTasks.length > 0 && (isLast || isDue(step, config.evalSteps))) await evaluateNow();
    if (isLast || isDue(step, config.saveSteps)) await checkpoint();
    await new Promise((resolve) => setImmediate(resolve));
  }

  const status = step < config.maxSteps || evaluationDue ? 'stopped' : 'finished';
  if (status === 'stopped') await checkpoint();
  await reporter.onRunEnd?.({ status, step, summary: evaluation });
  return { status, step, evaluation, lastGroups };
}
