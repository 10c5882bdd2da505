import { join } from 'node:path';
import { updateKlController } from '@rlloom/core';
import { deriveSeed, type Metrics, type Policy, type ScoredGroup } from '@rlloom/spec';
import { answerMetrics, partMetrics } from '../evaluate.ts';
import { grpoStep } from '../grpo.ts';
import { scheduledLearningRate } from '../learning-rate.ts';
import { readReference, writeReference } from '../policy/reference-file.ts';
import { createPipelineEvents, type PipelineEvents } from './events.ts';
import { createPhaseMachine } from './phase-machine.ts';
import { readStageState, writeStageState } from './stage-state.ts';
import type { RlvrStage } from './rlvr-stage.ts';
import { evaluateStage, isDue, stageInfo, type StageResult } from './stage.ts';

/** What the loop hands to those that make batches. */
export interface StepTools {
  /** Runs a part of the step; its time is a metric of the step. */
  readonly timed: <Result>(name: string, work: () => Promise<Result>) => Promise<Result>;
  /** Enters the phase in which groups are judged. */
  readonly enterReward: () => void;
  readonly events: PipelineEvents;
}

/** Where the loop gets the groups of its steps. */
export interface StepBatches {
  /** What updates go through. */
  readonly policy: Policy;
  /** Whether groups are collected beside the steps. */
  readonly isBeside: boolean;
  /** Whether samples may be of older weights than the present. */
  readonly isAhead: boolean;
  /** Called before the first step, when the policy is as it was at `step`. */
  start(step: number, resumeFrom: string | undefined): Promise<void>;
  /** The scored groups of a step; `undefined` when the signal ended it, and then nothing has changed. */
  next(
    step: number,
    tools: StepTools,
  ): Promise<{ readonly groups: readonly ScoredGroup[]; readonly metrics: Metrics } | undefined>;
  /** Called when a step is complete; gives what there is to say about it. */
  completed(step: number): Promise<Metrics>;
  /** Writes into a checkpoint what it needs beside the place in the tasks. */
  save(directory: string): Promise<void>;
  /** Called at the end, whatever it was. */
  close(): Promise<void>;
}

/**
 * The loop of RLVR stages: groups → update → sync, with evaluation and checkpoints between steps. Every phase is an
 * explicit transition and an event.
 */
export async function runRlvrLoop(stage: RlvrStage, batches: StepBatches): Promise<StageResult> {
  const { context, control, algorithm, policy, engine, reference, stream } = stage;
  const { reporter, signal, seed } = context;
  const events = stage.events ?? createPipelineEvents();
  let step = 0;
  let evaluation: Metrics = stage.startEvaluation ?? {};
  let evaluationDue = false;
  let lastGroups: readonly ScoredGroup[] = [];
  let klCoefficient = algorithm.kl.coefficient;
  let referenceFile: string | null = null;
  const machine = createPhaseMachine((from, to) => events.emit('phase', { step, from, to }));

  try {
    if (stage.resumeFrom !== undefined) {
      const state = await readStageState(stage.resumeFrom);
      await policy.loadState(stage.resumeFrom);
      stream.restore(state.stream);
      step = state.step;
      evaluation = state.evaluation;
      evaluationDue = state.evaluationDue;
      klCoefficient = state.klCoefficient ?? klCoefficient;
      referenceFile = state.reference;
      if (reference !== undefined && referenceFile !== null) {
        reference.replace(await readReference(join(context.runDirectory, referenceFile), reference.parameters));
      }
    } else if (reference !== undefined && Object.keys(reference.parameters).length > 0) {
      referenceFile = await writeReference(context.runDirectory, step, reference.parameters);
    }
    await engine.updateWeights(policy.weights());
    await batches.start(step, stage.resumeFrom);
    await reporter.onRunStart?.(stageInfo(context, 'rlvr', { start: step, total: control.maxSteps }));
    machine.to('ready');

    const isNew = stage.resumeFrom === undefined && stage.startEvaluation === undefined;
    if ((isNew && context.evaluationTasks.length > 0) || evaluationDue) await evaluateNow();
    while (step < control.maxSteps && !signal.aborted) {
      const isComplete = await runStep();
      if (!isComplete) break;
      const isLast = step === control.maxSteps;
      if (context.evaluationTasks.length > 0 && (isLast || isDue(step, control.evalSteps))) await evaluateNow();
      if (isLast || isDue(step, control.saveSteps)) await checkpointNow();
    }
    if (step < control.maxSteps || evaluationDue) {
      await checkpointNow();
      machine.to('stopped');
      await reporter.onRunEnd?.({ status: 'stopped', step, summary: evaluation });
      return { status: 'stopped', step, evaluation, lastGroups };
    }
    machine.to('finished');
    await reporter.onRunEnd?.({ status: 'finished', step, summary: evaluation });
    return { status: 'finished', step, evaluation, lastGroups };
  } catch (error) {
    if (machine.phase !== 'finished' && machine.phase !== 'stopped') machine.to('failed');
    await reporter.onRunEnd?.({ status: 'failed', step, error, summary: evaluation });
    throw error;
  } finally {
    await batches.close();
  }

  // One step; false when the signal ended it before the update, with nothing changed.
  async function runStep(): Promise<boolean> {
    const startedAt = performance.now();
    const timing: Record<string, number> = {};
    const number = step + 1;
    const timed = async <Result>(name: string, work: () => Promise<Result>): Promise<Result> => {
      const from = performance.now();
      const result = await work();
      timing[`timing/${name}_seconds`] = (performance.now() - from) / 1000;
      return result;
    };

    machine.to('rollout');
    const batch = await batches.next(number, { timed, enterReward: () => machine.to('reward'), events });
    if (batch === undefined) {
      machine.to('ready');
      return false;
    }
    const { groups: scored, metrics: judged } = batch;

    machine.to('update');
    const learningRate = scheduledLearningRate(stage.actor.optimizer, step, control.maxSteps);
    const result = await timed('update', () =>
      grpoStep({
        policy: batches.policy,
        isAhead: batches.isAhead,
        reference,
        groups: scored,
        config: algorithm,
        actor: stage.actor,
        learningRate,
        klCoefficient,
        seed: deriveSeed(seed, 'update', number),
        onPhase: (phase, done, total) => reporter.onPhase?.({ step: number, phase, done, total }),
      }),
    );
    events.emit('update', { step: number, metrics: result.metrics });

    machine.to('sync');
    await engine.updateWeights(policy.weights());
    const kl: Metrics =
      result.referenceKl === undefined ? {} : { 'kl/reference': result.referenceKl, 'kl/coefficient': klCoefficient };
    if (algorithm.kl.controller === 'adaptive' && algorithm.kl.targetKl !== null && result.referenceKl !== undefined) {
      klCoefficient = updateKlController(
        { type: 'adaptive', coefficient: klCoefficient, target: algorithm.kl.targetKl, horizon: algorithm.kl.horizon },
        { kl: result.referenceKl, sampleCount: scored.length * (scored[0]?.trajectories.length ?? 0) },
      ).coefficient;
    }
    if (
      reference !== undefined &&
      algorithm.referenceRefreshSteps !== null &&
      isDue(number, algorithm.referenceRefreshSteps)
    ) {
      reference.refresh();
      referenceFile = await writeReference(context.runDirectory, number, reference.parameters);
    }

    step = number;
    const told = await batches.completed(number);
    const metrics: Metrics = {
      ...answerMetrics('train/', scored),
      ...partMetrics('reward/', scored),
      ...groupMetrics(scored),
      ...judged,
      ...result.metrics,
      ...kl,
      ...told,
      'actor/learning_rate': learningRate,
      ...timing,
      ...throughput(scored, {
        // Groups that were there already took no time of this step alone: all of it is counted.
        rollout: batches.isBeside ? (performance.now() - startedAt) / 1000 : timing['timing/rollout_seconds'],
        update: timing['timing/update_seconds'],
      }),
    };
    machine.to('ready');
    lastGroups = scored;
    events.emit('step', { step, metrics });
    await reporter.onStepEnd?.({ stage: 'rlvr', step, metrics, seconds: (performance.now() - startedAt) / 1000 });
    if (step === 1 || isDue(step, control.sampleSteps))
      await reporter.onSamples?.({ stage: 'rlvr', step, groups: scored });
    return true;
  }

  async function evaluateNow(): Promise<void> {
    machine.to('evaluate');
    evaluationDue = true;
    const result = await evaluateStage(context, { stage: 'rlvr', step });
    machine.to('ready');
    if (result === undefined) return;
    evaluationDue = false;
    evaluation = result.metrics;
    events.emit('evaluation', { step, metrics: evaluation });
  }

  async function checkpointNow(): Promise<void> {
    machine.to('checkpoint');
    reporter.onPhase?.({ step, phase: 'checkpoint', done: 0, total: 1 });
    const entry = await context.checkpoints.save(
      { stage: 'rlvr', order: context.stages.indexOf('rlvr'), step },
      async (directory) => {
        await policy.saveState(directory);
        await batches.save(directory);
        await writeStageState(directory, {
          stage: 'rlvr',
          step,
          stream: stream.state(),
          evaluation,
          evaluationDue,
          klCoefficient,
          reference: referenceFile,
        });
      },
    );
    machine.to('ready');
    events.emit('checkpoint', { step, directory: entry.directory });
    await reporter.onCheckpoint?.({ stage: 'rlvr', step, directory: entry.directory });
  }
}

// Share of groups whose rewards are all equal: they carry no gradient.
function groupMetrics(groups: readonly ScoredGroup[]): Metrics {
  const uniform = groups.filter((group) => {
    const rewards = group.rewards.filter((reward) => reward !== null);
    return rewards.every((reward) => reward === rewards[0]);
  });
  return { 'train/uniform_group_fraction': groups.length === 0 ? 0 : uniform.length / groups.length };
}

function throughput(
  groups: readonly ScoredGroup[],
  seconds: { readonly rollout: number | undefined; readonly update: number | undefined },
): Metrics {
  const trajectories = groups.flatMap((group) => group.trajectories);
  const sampled = trajectories.reduce((sum, trajectory) => sum + trajectory.lossMask.reduce((a, b) => a + b, 0), 0);
  const trained = trajectories.reduce((sum, trajectory) => sum + trajectory.tokens.length, 0);
  return {
    'timing/rollout_tokens_per_second': sampled / Math.max(1e-9, seconds.rollout ?? 0),
    'timing/update_tokens_per_second': trained / Math.max(1e-9, seconds.update ?? 0),
  };
}
