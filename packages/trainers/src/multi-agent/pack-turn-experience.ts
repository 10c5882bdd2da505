import type { ScoredGroup, TrainingBatch, TrainingSequence, Trajectory } from '@rlloom/spec';

/**
 * Turns scored groups into a training batch, as `packExperience` does, with an advantage for each turn of the policy on
 * the tokens it sampled there. A turn whose advantage is `null` does not train; a trajectory in which nothing trains is
 * left out and counted.
 *
 * @param advantages by group, trajectory and turn of the policy, from `turnAdvantages`
 */
export function packTurnExperience(
  groups: readonly ScoredGroup[],
  advantages: readonly (readonly (readonly (number | null)[])[])[],
): TrainingBatch & { readonly leftOut: number } {
  const sequences: TrainingSequence[] = [];
  let leftOut = 0;
  groups.forEach((group, g) => {
    group.trajectories.forEach((trajectory, i) => {
      const sequence = toSequence(trajectory, advantages[g]?.[i] ?? []);
      if (sequence.lossMask.includes(1)) sequences.push(sequence);
      else leftOut += 1;
    });
  });
  return { sequences, leftOut };
}

function toSequence(
  { tokens, lossMask, rolloutLogProbs, turns }: Trajectory,
  ofTurns: readonly (number | null)[],
): TrainingSequence {
  const trained = new Uint8Array(tokens.length);
  const advantages = new Float32Array(tokens.length);
  turns
    .filter(({ author }) => author === 'policy')
    .forEach(({ start, end }, turn) => {
      const advantage = ofTurns[turn] ?? null;
      if (advantage === null) return;
      for (let t = start; t < end; t++) {
        trained[t] = lossMask[t] ?? 0;
        advantages[t] = trained[t] === 1 ? advantage : 0;
      }
    });
  return { tokens, lossMask: trained, advantages, rolloutLogProbs };
}
