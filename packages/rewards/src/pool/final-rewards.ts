import { domainWeight, type RewardsConfig } from '../rewards.config.ts';

/** A score and the domain it belongs to. */
export interface DomainScore {
  readonly domain: number;
  readonly score: number | null;
}

/**
 * Rewards from scores: normalised per domain over all samples given (`center`: minus the mean; `standardize`: also
 * divided by the sample standard deviation + 1e-6, or left centred where there are fewer than two), multiplied with the
 * weight of their domain, then clipped. The weight comes after: standardized rewards have no scale left to weigh.
 * `null` stays `null` and counts in no statistic.
 */
export function finalRewards(
  scores: readonly DomainScore[],
  config: Pick<RewardsConfig, 'domains' | 'rewardClip' | 'rewardWeights'>,
): (number | null)[] {
  const weights = Object.keys(config.domains).map((name) => domainWeight(config, name));
  const transforms = Object.values(config.domains).map(({ normalize }, domain) => {
    if (normalize === 'none') return (score: number): number => score;
    const known = scores.flatMap((one) => (one.domain === domain && one.score !== null ? [one.score] : []));
    const mean = known.reduce((sum, score) => sum + score, 0) / known.length;
    if (normalize === 'center' || known.length < 2) return (score: number): number => score - mean;
    const variance = known.reduce((sum, score) => sum + (score - mean) ** 2, 0) / (known.length - 1);
    return (score: number): number => (score - mean) / (Math.sqrt(variance) + 1e-6);
  });
  const { rewardClip } = config;
  const { min, max } =
    typeof rewardClip === 'number' ? { min: -rewardClip, max: rewardClip } : (rewardClip ?? unbounded);
  return scores.map(({ domain, score }) => {
    if (score === null) return null;
    return Math.min(max, Math.max(min, weights[domain]! * transforms[domain]!(score)));
  });
}

const unbounded = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };
