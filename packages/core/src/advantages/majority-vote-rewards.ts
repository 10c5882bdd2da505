/** Options of `majorityVoteRewards`. */
export interface MajorityVoteOptions {
  /** How many of the first samples are trained on; the others only vote. Default: all. */
  readonly trainedSamples?: number;
  /**
   * What happens when several answers have the most votes: the one seen `first` wins (TTRL), or the vote is
   * `unverifiable` and no sample gets a reward. Default `first`.
   */
  readonly tie?: 'first' | 'unverifiable';
}

/** The outcome of a vote; see `majorityVoteRewards`. */
export interface MajorityVote {
  /** One per trained sample, the first ones: 1 for the winning answer, 0 for another or none, `null` without a winner. */
  readonly rewards: (number | null)[];
  /** The winning answer, the pseudo-label; `null` without a winner. */
  readonly answer: string | null;
  /** Votes for the most frequent answer; 0 if nobody answered. */
  readonly votes: number;
  /** Whether another answer had as many votes. */
  readonly tied: boolean;
}

/**
 * Rewards without labels: the answer that most samples of a prompt agree on is taken for the truth, and
 * `r_i = 1 if answer_i = majority else 0`.
 *
 * A response without an answer (`null`) does not vote and gets 0; where no response has one there is nothing to reward
 * and all get `null`. Answers are compared as they are: bring them to one form first (`1/2` and `0.5` are two answers).
 *
 * TTRL, arXiv:2504.16084; its code breaks ties for the answer seen first, and fails where nobody answered.
 *
 * @param answers extracted from all samples of one prompt, in order of sampling; `null` where there was none
 * @throws RangeError when `trainedSamples` is not a whole number from 0 to the number of answers
 * @example
 * ```ts
 * majorityVoteRewards(['4', '5', '4', null], { trainedSamples: 2 }).rewards; // => [1, 0]
 * ```
 */
export function majorityVoteRewards(
  answers: readonly (string | null)[],
  options: MajorityVoteOptions = {},
): MajorityVote {
  const { trainedSamples = answers.length, tie = 'first' } = options;
  if (!Number.isInteger(trainedSamples) || trainedSamples < 0 || trainedSamples > answers.length) {
    throw new RangeError(
      `majorityVoteRewards: trainedSamples must be a whole number from 0 to ${answers.length}, given ${trainedSamples}`,
    );
  }
  const counts = new Map<string, number>();
  for (const answer of answers) {
    if (answer !== null) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  }
  const votes = Math.max(0, ...counts.values());
  const [first = null, ...others] = [...counts].filter(([, count]) => count === votes).map(([answer]) => answer);
  const tied = others.length > 0;
  const answer = tied && tie === 'unverifiable' ? null : first;
  const rewards = answers.slice(0, trainedSamples).map((given) => (answer === null ? null : given === answer ? 1 : 0));
  return { rewards, answer, votes, tied };
}
