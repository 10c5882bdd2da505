import type { Trajectory } from '@rlloom/spec';
import type { SampleOutcome } from './score-samples.ts';

/**
 * The outcomes of all trajectories of a group, given those of the ones that did not fail: an episode that its environment
 * could not finish says nothing of the policy, so it is `unverifiable`, for the reason it failed.
 */
export function withFailedEpisodes(
  trajectories: readonly Trajectory[],
  judged: readonly SampleOutcome[],
): readonly SampleOutcome[] {
  const rest = judged.values();
  return trajectories.map(({ failure }) => {
    if (failure === undefined) return rest.next().value as SampleOutcome;
    const reasons = [`the episode failed: ${failure}`];
    return {
      result: { verdict: 'unverifiable', score: null, parts: {}, reasons },
      partScores: [],
      milliseconds: 0,
      cached: false,
    };
  });
}
