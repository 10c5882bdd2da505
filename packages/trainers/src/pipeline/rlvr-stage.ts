import { deriveSeed, type Metrics, type RolloutEngine, type TaskStream } from '@rlloom/spec';
import type { ActorConfig } from '../actor.config.ts';
import type { GrpoConfig } from '../grpo.config.ts';
import type { LocalPolicy } from '../policy/local-policy.ts';
import type { ReferencePolicy } from '../reference.ts';
import type { TrainingControlConfig } from '../training-control.config.ts';
import type { PipelineEvents } from './events.ts';
import { runRlvrLoop, type StepBatches } from './rlvr-loop.ts';
import type { StageContext, StageResult } from './stage.ts';

/** The roles of an RLVR stage and what drives them. */
export interface RlvrStage {
  readonly context: StageContext;
  readonly control: TrainingControlConfig;
  readonly algorithm: GrpoConfig;
  readonly actor: ActorConfig;
  readonly policy: LocalPolicy;
  readonly engine: RolloutEngine;
  /** Present exactly when `algorithm.kl.placement` is not `none`. */
  readonly reference: ReferencePolicy | undefined;
  readonly stream: TaskStream;
  readonly events?: PipelineEvents;
  /** The evaluation of the weights the stage starts from, if the stage before made it. */
  readonly startEvaluation?: Metrics;
  /** Folder of the checkpoint to continue from. */
  readonly resumeFrom: string | undefined;
}

/**
 * The RLVR pipeline: rollout → reward → update → sync, step by step, with evaluation and checkpoints between steps.
 * One coordinator drives the roles (actor, engine, reference, rewards); every phase is an explicit transition and an event.
 *
 * Stopped by the signal it saves the last complete step, so `--resume` continues as if nothing had happened.
 */
export async function runRlvrStage(stage: RlvrStage): Promise<StageResult> {
  return runRlvrLoop(stage, synchronousBatches(stage));
}

// Each batch is sampled from the weights it trains, and nothing else is under way.
function synchronousBatches({ context, policy, stream }: RlvrStage): StepBatches {
  const { reporter, signal, seed } = context;
  return {
    policy,
    isBeside: false,
    isAhead: false,
    start: async () => undefined,
    async next(step, { timed, enterReward, events }) {
      const streamBefore = stream.state();
      const abandon = (): undefined => stream.restore(streamBefore) as undefined;
      const tasks = stream.nextBatch();
      events.emit('tasks', { step, tasks });
      const groups = await timed('rollout', () =>
        context.collect(tasks, {
          mode: 'train',
          seed: deriveSeed(seed, 'rollout', step),
          signal,
          onProgress: (done, total) => reporter.onPhase?.({ step, phase: 'rollout', done, total }),
        }),
      );
      if (signal.aborted) return abandon();
      events.emit('rollouts', { step, groups });

      enterReward();
      let metrics: Metrics = {};
      const scored = await timed('reward', () =>
        context.rewards.score(groups, {
          onProgress: (done, total) => reporter.onPhase?.({ step, phase: 'reward', done, total }),
          onMetrics: (judged) => (metrics = judged),
        }),
      );
      if (signal.aborted) return abandon();
      events.emit('rewards', { step, groups: scored });
      return { groups: scored, metrics };
    },
    completed: async () => ({}),
    save: async () => undefined,
    close: async () => undefined,
  };
}
