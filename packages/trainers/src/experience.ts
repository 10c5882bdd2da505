import type { ScoredGroup, TrainingBatch, TrainingSequence, Trajectory } from '@rlloom/spec';

/** Advantage of each trajectory of a group, `null` where its reward could not be verified. */
export type GroupAdvantages = readonly (number | null)[];

/**
 * Turns scored groups into a training batch: one sequence per trajectory, its advantage on each token it sampled.
 * Trajectories without a reward or without a sampled token are left out; they are counted, never trained on.
 *
 * @param groups scored groups
 * @param advantages one list per group, one entry per trajectory
 */
export function packExperience(
  groups: readonly ScoredGroup[],
  advantages: readonly GroupAdvantages[],
): TrainingBatch & { readonly leftOut: number } {
  const sequences: TrainingSequence[] = [];
  let leftOut = 0;
  groups.forEach((group, g) => {
    group.trajectories.forEach((trajectory, i) => {
      const advantage = advantages[g]?.[i] ?? null;
      if (advantage === null || !trajectory.lossMask.includes(1)) leftOut += 1;
      else sequences.push(toSequence(trajectory, advantage));
    });
  });
  return { sequences, leftOut };
}

function toSequence(trajectory: Trajectory, advantage: number): TrainingSequence {
  return {
    tokens: trajectory.tokens,
    lossMask: trajectory.lossMask,
    advantages: Float32Array.from(trajectory.lossMask, (trained) => (trained === 1 ? advantage : 0)),
    rolloutLogProbs: trajectory.rolloutLogProbs,
  };
}

/** The batch with log-probs of one kind added to each sequence. */
export function withLogProbs(
  batch: TrainingBatch,
  field: 'oldLogProbs' | 'referenceLogProbs',
  logProbs: readonly Float32Array[],
): TrainingBatch {
  return {
    ...batch,
    sequences: batch.sequences.map((sequence, index) => ({ ...sequence, [field]: logProbs[index] as Float32Array })),
  };
}
