import { filterGroups } from '@rlloom/core';
import type { LossDescription, Metrics, Policy, ScoredGroup, TrainingBatch } from '@rlloom/spec';
import type { ActorConfig } from './actor.config.ts';
import { packExperience, withLogProbs } from './experience.ts';
import type { GrpoConfig } from './grpo.config.ts';
import { groupAdvantages } from './group-advantages.ts';
import { isFilteredOut } from './group-filter.ts';
import { splitIntoMiniBatches } from './mini-batches.ts';
import { mismatchMetrics } from './mismatch.ts';
import { againstRollout, weighAgainstRollout } from './rollout-correction.ts';
import { trainedPositions } from './policy/batch-tensors.ts';
import type { ReferencePolicy } from './reference.ts';

// GRPO (arXiv:2402.03300). What to know when comparing with a peer: groups are compared by sample standard deviation
// (ddof 1) + advantageEpsilon; unverifiable samples take no part; the loss is a token mean over the whole mini-batch
// unless `aggregation` says otherwise; with one optimizer step per batch the ratio is 1 by construction.

/** What one GRPO step works on. */
export interface GrpoStep {
  readonly policy: Policy;
  /** Needed when `config.kl.placement` is not `none`. */
  readonly reference: ReferencePolicy | undefined;
  readonly groups: readonly ScoredGroup[];
  readonly config: GrpoConfig;
  readonly actor: ActorConfig;
  readonly learningRate: number;
  /** The present weight of the KL: `config.kl.coefficient`, or what the adaptive controller made of it. */
  readonly klCoefficient: number;
  /** Whether samples may be of older weights than the present: what `rolloutCorrection.mode: auto` goes by. */
  readonly isAhead?: boolean;
  /** Seed of the mini-batch order. */
  readonly seed: number;
  /** Told which part of the step is at work, and how far it is. */
  readonly onPhase?: (phase: 'reference' | 'advantage' | 'update', done: number, total: number) => void;
}

/** What a GRPO step did. */
export interface GrpoStepResult {
  readonly metrics: Metrics;
  /** Mean KL per token to the reference before the update; `undefined` without a reference. */
  readonly referenceKl: number | undefined;
}

/** One GRPO update from scored groups: advantages, reference, old log-probs, optimizer steps. */
export async function grpoStep(step: GrpoStep): Promise<GrpoStepResult> {
  const { policy, config, actor, onPhase } = step;
  let rewards = step.groups.map((group) => group.rewards);

  let referenceKl: number | undefined;
  if (config.kl.placement === 'reward') {
    onPhase?.('reference', 0, 1);
    const penalties = await sequenceKl(step);
    referenceKl = penalties.meanPerToken;
    rewards = rewards.map((list, g) =>
      list.map((reward, i) =>
        reward === null ? null : reward - step.klCoefficient * (penalties.perTrajectory[g]?.[i] ?? 0),
      ),
    );
  }

  onPhase?.('advantage', 0, 1);
  const places = rewards.flatMap((list, g) => list.map(() => g));
  const { kept } = filterGroups(rewards.flat(), places, { rule: 'spread' });
  const isLeftOut = step.groups.map(
    (group, g) => isFilteredOut(group) || (config.dropUniformGroups && !kept.includes(g)),
  );
  const advantages = groupAdvantages(step.groups, rewards, config).map((group, g) =>
    isLeftOut[g] ? group.map(() => null) : group,
  );
  const { sequences, leftOut } = packExperience(step.groups, advantages);
  const counts = { 'batch/sequences': sequences.length, 'batch/left_out': leftOut };
  if (sequences.length === 0) return { metrics: counts, referenceKl };
  let batch: TrainingBatch = { sequences };

  if (config.kl.placement === 'loss' && step.reference !== undefined) {
    onPhase?.('reference', 0, 1);
    batch = withLogProbs(batch, 'referenceLogProbs', await step.reference.logProbs(batch));
  }

  let mismatch: Metrics = {};
  let correction: Metrics = {};
  const { mode, ...weights } = config.rolloutCorrection;
  const correctionMode = mode !== 'auto' ? mode : step.isAhead === true ? 'decoupled' : 'none';
  const isSingleUpdate = actor.updateEpochs === 1 && (actor.miniBatchSize ?? sequences.length) >= sequences.length;
  if (correctionMode === 'bypass') {
    batch = againstRollout(batch);
  } else if (!isSingleUpdate || correctionMode === 'decoupled') {
    const { logProbs } = await policy.logProbs(batch);
    mismatch = mismatchMetrics(batch, logProbs);
    if (correctionMode === 'decoupled')
      ({ batch, metrics: correction } = weighAgainstRollout(batch, logProbs, weights));
    if (!isSingleUpdate) batch = withLogProbs(batch, 'oldLogProbs', logProbs);
  }

  const loss = policyLossDescription(config, step.klCoefficient);
  const updates = splitIntoMiniBatches(batch, {
    miniBatchSize: actor.miniBatchSize,
    updateEpochs: actor.updateEpochs,
    seed: step.seed,
  });
  const perUpdate: Metrics[] = [];
  for (const [index, miniBatch] of updates.entries()) {
    onPhase?.('update', index, updates.length);
    const pass = await policy.forwardBackward(miniBatch, loss);
    if (isSingleUpdate && correctionMode === 'none') mismatch = mismatchMetrics(miniBatch, pass.logProbs);
    if (index === 0 && config.kl.placement === 'loss') referenceKl = pass.metrics['reference_kl'];
    perUpdate.push({ ...pass.metrics, ...(await policy.optimizerStep({ learningRate: step.learningRate })) });
  }
  onPhase?.('update', updates.length, updates.length);
  return { metrics: { ...counts, ...prefixed('actor/', meanOf(perUpdate)), ...mismatch, ...correction }, referenceKl };
}

/** The loss of a GRPO update as plain data. */
export function policyLossDescription(config: GrpoConfig, klCoefficient: number): LossDescription {
  return {
    name: 'policy',
    options: {
      clipRatioLow: config.clipRatioLow,
      clipRatioHigh: config.clipRatioHigh,
      clipRatioC: config.clipRatioC,
      ratioLevel: config.ratioLevel,
      aggregation: config.aggregation,
      aggregationScale: config.aggregationScale,
      entropyCoefficient: config.entropyCoefficient,
      klEstimator: config.kl.estimator,
      klCoefficient: config.kl.placement === 'loss' ? klCoefficient : 0,
    },
  };
}

// The k1 estimate of each trajectory's KL to the reference, summed over its tokens, and the mean per token.
async function sequenceKl(step: GrpoStep): Promise<{ perTrajectory: number[][]; meanPerToken: number }> {
  const all: TrainingBatch = { sequences: step.groups.flatMap((group) => group.trajectories) };
  const reference = (await step.reference?.logProbs(all)) ?? [];
  const { logProbs } = await step.policy.logProbs(all);
  let tokens = 0;
  let total = 0;
  const sums = all.sequences.map((sequence, index) => {
    let sum = 0;
    for (const t of trainedPositions(sequence)) {
      sum += (logProbs[index]?.[t] ?? 0) - (reference[index]?.[t] ?? 0);
      tokens += 1;
    }
    total += sum;
    return sum;
  });
  let next = 0;
  return {
    perTrajectory: step.groups.map((group) => group.trajectories.map(() => sums[next++] ?? 0)),
    meanPerToken: tokens === 0 ? 0 : total / tokens,
  };
}

function meanOf(all: readonly Metrics[]): Metrics {
  const names = new Set(all.flatMap((metrics) => Object.keys(metrics)));
  return Object.fromEntries(
    [...names].map((name) => [name, all.reduce((sum, metrics) => sum + (metrics[name] ?? 0), 0) / all.length]),
  );
}

function prefixed(prefix: string, metrics: Metrics): Metrics {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [prefix + name, value]));
}
