import type { RewardContext, RewardRequest } from '@rlloom/spec';

/** A reward that is ready to score a job: one answer per request, of any shape. */
export interface ReadyPart {
  readonly name: string;
  readonly reward: (requests: readonly RewardRequest[], context: RewardContext) => Promise<readonly unknown[]>;
  /** Of an own reward, to name the line where it failed. */
  readonly file: string | undefined;
}

/** A reward of single responses as one of jobs. */
export function forSamples(reward: (request: RewardRequest, context: RewardContext) => unknown): ReadyPart['reward'] {
  return (requests, context) => Promise.all(requests.map(async (request) => reward(request, context)));
}

/**
 * A reward of whole groups as one of jobs.
 *
 * @throws Error when it answers anything but one result per request
 */
export function forGroup(
  reward: (requests: readonly RewardRequest[], context: RewardContext) => unknown,
): ReadyPart['reward'] {
  return async (requests, context) => {
    const results = await reward(requests, context);
    if (!Array.isArray(results)) throw new Error('a reward of groups must return a list with a result per response');
    if (results.length !== requests.length) {
      throw new Error(`the reward returned ${results.length} results for ${requests.length} responses`);
    }
    return results as readonly unknown[];
  };
}
