import { ShapeError } from '../shape-error.ts';

/** Options of `onlinePairs`. */
export interface OnlinePairOptions {
  /** Whether each completion ended by itself (its last token ends a sequence), as `rewards`. Default: all did. */
  readonly ended?: readonly boolean[];
  /** What a completion that did not end loses of its reward. Default 0. */
  readonly missingEosPenalty?: number;
}

/** Pairs of completions, by their places among the rewards. */
export interface OnlinePair {
  readonly chosen: number;
  readonly rejected: number;
  /** Reward of the chosen less that of the rejected, after penalties; not negative. */
  readonly margin: number;
}

/**
 * The pairs of Online DPO: of the two completions of each prompt, side by side, the one with the larger reward is chosen,
 * the first of equal ones. A prompt with an unverifiable completion (`null`) makes no pair.
 *
 * Who differs: TRL lists all first completions, then all second ones.
 *
 * Online DPO (OAIF), arXiv:2402.04792; the penalty is TRL's.
 *
 * @param rewards of completions 0 and 1 of the first prompt, 0 and 1 of the second, …
 * @throws ShapeError for an odd number of rewards, or another number of `ended`
 * @throws RangeError for a reward or penalty that is not finite
 * @example
 * ```ts
 * const ended = [true, false, true, true];
 * const pairs = onlinePairs([1, 2, 3, 3], { ended, missingEosPenalty: 4 });
 * pairs; // => [{ chosen: 0, rejected: 1, margin: 3 }, { chosen: 2, rejected: 3, margin: 0 }]
 * ```
 */
export function onlinePairs(rewards: readonly (number | null)[], options: OnlinePairOptions = {}): OnlinePair[] {
  const { ended, missingEosPenalty = 0 } = options;
  if (rewards.length % 2 !== 0 || (ended !== undefined && ended.length !== rewards.length)) {
    throw new ShapeError('onlinePairs', 'two rewards for each prompt, and as many ended', {
      rewards: [rewards.length],
      ...(ended && { ended: [ended.length] }),
    });
  }
  if (!Number.isFinite(missingEosPenalty)) {
    throw new RangeError(`onlinePairs: missingEosPenalty must be finite, given ${missingEosPenalty}`);
  }
  const scoreOf = (place: number): number | null => {
    const reward = rewards[place] ?? null;
    if (reward !== null && !Number.isFinite(reward)) {
      throw new RangeError(`onlinePairs: rewards must be finite or null, given ${reward} at ${place}`);
    }
    if (reward === null) return null;
    return ended?.[place] === false ? reward - missingEosPenalty : reward;
  };
  const pairs: OnlinePair[] = [];
  for (let first = 0; first < rewards.length; first += 2) {
    const [one, two] = [scoreOf(first), scoreOf(first + 1)];
    if (one === null || two === null) continue;
    const [chosen, rejected] = one >= two ? [first, first + 1] : [first + 1, first];
    pairs.push({ chosen, rejected, margin: Math.abs(one - two) });
  }
  return pairs;
}
