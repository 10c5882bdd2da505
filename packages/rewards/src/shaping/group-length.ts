import type { GroupRewardFunction, RewardFunction, RewardResult } from '@rlloom/spec';

/**
 * The `group_length` reward: Kimi k1.5's length reward, which compares the responses to one task. With
 * `λ = 0.5 − (length − shortest) / (longest − shortest)` over the group, a right answer gets λ and a wrong one
 * `min(0, λ)`; all get 0 where all are of the same length. Unverifiable responses stay so and their lengths do not
 * count. `correct` = what `verifier` says.
 *
 * arXiv:2501.12599, section 2.3.3.
 */
export function groupLengthReward(verifier: RewardFunction): GroupRewardFunction {
  return async (requests, context) => {
    const verdicts: RewardResult[] = [];
    for (const request of requests) verdicts.push(await verifier(request, context));
    const lengths = requests
      .filter((_, index) => verdicts[index]?.verdict !== 'unverifiable')
      .map(({ responseTokenCount }) => responseTokenCount);
    const shortest = Math.min(...lengths);
    const longest = Math.max(...lengths);
    return verdicts.map((inner, index) => {
      if (inner.verdict === 'unverifiable') return inner;
      const length = requests[index]?.responseTokenCount ?? 0;
      const lambda = longest === shortest ? 0 : 0.5 - (length - shortest) / (longest - shortest);
      const score = inner.verdict === 'correct' ? lambda : Math.min(0, lambda);
      return {
        ...inner,
        score,
        reasons: [...inner.reasons, `${length} tokens in a group of ${shortest} to ${longest}`],
      };
    });
  };
}
