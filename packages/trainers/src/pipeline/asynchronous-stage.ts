import { setImmediate as nextTurn } from 'node:timers/promises';
import type { GroupSource, Metrics, Policy, RolloutEngine, ScoredGroup } from '@rlloom/spec';
import { runRlvrLoop, type StepBatches } from './rlvr-loop.ts';
import type { RlvrStage } from './rlvr-stage.ts';
import type { StageResult } from './stage.ts';

/** An RLVR stage whose groups come from somewhere that collects by itself. */
export interface AsynchronousRlvrStage extends RlvrStage {
  /** Closed at the end. Its stream of tasks is that of the stage. */
  readonly source: GroupSource;
  /** Whether groups may be of older weights than those they train. Default true. */
  readonly isAhead?: boolean;
}

/**
 * The RLVR pipeline with rollouts beside training: a step takes groups that are ready, while others are collected and
 * scored. Where the engine shares its weights with the trainer it is paused for each optimizer step, and only for that;
 * other engines get new weights once a step is complete.
 *
 * Stopped by the signal it saves the last complete step with the groups that wait; groups that were being collected are
 * begun again after a resume. Unlike `runRlvrStage` it is not the same to the bit a second time.
 */
export async function runAsynchronousRlvrStage(stage: AsynchronousRlvrStage): Promise<StageResult> {
  return runRlvrLoop(stage, sourcedBatches(stage));
}

function sourcedBatches(stage: AsynchronousRlvrStage): StepBatches {
  const { context, control, policy, engine, source, isAhead = true } = stage;
  let ages: Metrics = {};
  return {
    policy: engine.capabilities.weightUpdate === 'shared' ? pausingPolicy(policy, engine) : policy,
    isBeside: true,
    isAhead,
    async start(step, resumeFrom) {
      if (resumeFrom !== undefined) await source.restore(resumeFrom, step);
    },
    async next(step, { timed, enterReward, events }) {
      context.reporter.onPhase?.({ step, phase: 'rollout', done: 0, total: 1 });
      const groups = await timed('rollout', () => source.next({ signal: context.signal }));
      if (groups === undefined) return undefined;
      events.emit('rollouts', { step, groups });
      enterReward();
      events.emit('rewards', { step, groups });
      ages = tokenAges(groups, policy.version);
      return { groups, metrics: {} };
    },
    async completed(step) {
      // Nothing is collected for steps that do not come; what waits can still be saved.
      if (step === control.maxSteps) await source.close();
      else source.advance(step);
      return { ...source.takeMetrics(), ...ages };
    },
    save: (directory) => source.save(directory),
    close: () => source.close(),
  };
}

/** A policy whose weights change only while the engine that shares them draws nothing. */
function pausingPolicy(policy: Policy, engine: RolloutEngine): Policy {
  return {
    get version() {
      return policy.version;
    },
    logProbs: (batch) => policy.logProbs(batch),
    forwardBackward: (batch, loss) => policy.forwardBackward(batch, loss),
    async optimizerStep(parameters) {
      await engine.pause();
      try {
        const metrics = await policy.optimizerStep(parameters);
        await engine.updateWeights(policy.weights());
        return metrics;
      } finally {
        await engine.resume();
        // What was held up goes on before the next pass takes the thread.
        await nextTurn();
      }
    },
    weights: () => policy.weights(),
    saveState: (directory) => policy.saveState(directory),
    loadState: (directory) => policy.loadState(directory),
  };
}

/** How many optimizer steps ago tokens were drawn, and how many trajectories have tokens of several versions. */
function tokenAges(groups: readonly ScoredGroup[], version: number): Metrics {
  let [tokens, sum, most, mixed, trajectories] = [0, 0, 0, 0, 0];
  for (const { policyVersions } of groups.flatMap((group) => group.trajectories)) {
    const drawn = policyVersions.filter((one) => one >= 0);
    for (const one of drawn) {
      tokens += 1;
      sum += version - one;
      most = Math.max(most, version - one);
    }
    trajectories += 1;
    if (drawn.some((one) => one !== drawn[0])) mixed += 1;
  }
  if (tokens === 0) return {};
  return {
    'staleness/optimizer_steps_mean': sum / tokens,
    'staleness/optimizer_steps_max': most,
    'staleness/mixed_fraction': mixed / trajectories,
  };
}
