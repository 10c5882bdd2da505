import type { Metrics } from '@rlloom/spec';
import type { SampleOutcome } from './score-samples.ts';

/** What happened to the samples of one domain. */
export interface DomainStats {
  readonly samples: number;
  readonly correct: number;
  readonly incorrect: number;
  readonly unverifiable: number;
  /** Mean of the scores of verified samples, before normalising, domain weight and clip; `null` without any. */
  readonly meanScore: number | null;
  /** Mean of the final rewards of verified samples; `null` without any. */
  readonly meanReward: number | null;
  /** Samples whose deadline passed. */
  readonly timeouts: number;
  /** Samples that took their thread with them, `outOfMemory` among them. */
  readonly crashes: number;
  readonly outOfMemory: number;
  /** Samples with a part that threw, answered in a wrong shape or could not verify. */
  readonly errors: number;
  /** Samples whose verdict was known from before. */
  readonly cacheHits: number;
  /** Time per sample that was scored, where it was scored, in milliseconds. */
  readonly latencyMs: { readonly mean: number; readonly p95: number; readonly max: number };
}

/** What one call of `score` did. */
export interface RewardStats extends DomainStats {
  readonly domains: Readonly<Record<string, DomainStats>>;
  /** Wall time of the call. */
  readonly seconds: number;
}

/** One scored sample. */
export interface SampleRecord {
  readonly domain: string;
  readonly outcome: SampleOutcome;
  readonly reward: number | null;
}

/** Statistics of scored samples. */
export function rewardStats(records: readonly SampleRecord[], seconds: number): RewardStats {
  const byDomain = new Map<string, SampleRecord[]>();
  for (const record of records) {
    const same = byDomain.get(record.domain);
    if (same === undefined) byDomain.set(record.domain, [record]);
    else same.push(record);
  }
  return {
    ...domainStats(records),
    domains: Object.fromEntries([...byDomain].map(([name, same]) => [name, domainStats(same)])),
    seconds,
  };
}

function domainStats(records: readonly SampleRecord[]): DomainStats {
  const verdicts = (wanted: string): number =>
    records.filter(({ outcome }) => outcome.result.verdict === wanted).length;
  const failures = (...kinds: readonly (string | undefined)[]): number =>
    records.filter(({ outcome }) => kinds.includes(outcome.failure)).length;
  const rewards = records.flatMap(({ reward }) => (reward === null ? [] : [reward]));
  const scores = records.flatMap(({ outcome }) => (outcome.result.score === null ? [] : [outcome.result.score]));
  const times = records.flatMap(({ outcome }) => (outcome.cached ? [] : [outcome.milliseconds])).sort((a, b) => a - b);
  return {
    samples: records.length,
    correct: verdicts('correct'),
    incorrect: verdicts('incorrect'),
    unverifiable: verdicts('unverifiable'),
    meanScore: meanOf(scores),
    meanReward: meanOf(rewards),
    timeouts: failures('timeout'),
    crashes: failures('crash', 'memory'),
    outOfMemory: failures('memory'),
    errors: failures('error'),
    cacheHits: records.filter(({ outcome }) => outcome.cached).length,
    latencyMs: {
      mean: times.reduce((sum, time) => sum + time, 0) / Math.max(1, times.length),
      p95: times[Math.floor(times.length * 0.95)] ?? 0,
      max: times.at(-1) ?? 0,
    },
  };
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * The statistics as metrics: `rewards/correct`, `rewards/math/mean_score`, ...; means without samples are left out.
 * What depends on the machine is under `timing/`.
 */
export function rewardMetrics(stats: RewardStats): Metrics {
  const metrics: Record<string, number> = { ...domainMetrics('rewards', stats) };
  for (const [name, one] of Object.entries(stats.domains))
    Object.assign(metrics, domainMetrics(`rewards/${name}`, one));
  return metrics;
}

function domainMetrics(prefix: string, stats: DomainStats): Metrics {
  const { meanScore, meanReward, latencyMs } = stats;
  return {
    [`${prefix}/samples`]: stats.samples,
    [`${prefix}/correct`]: stats.correct,
    [`${prefix}/incorrect`]: stats.incorrect,
    [`${prefix}/unverifiable`]: stats.unverifiable,
    ...(meanScore !== null && { [`${prefix}/mean_score`]: meanScore }),
    ...(meanReward !== null && { [`${prefix}/mean_reward`]: meanReward }),
    [`${prefix}/timeouts`]: stats.timeouts,
    [`${prefix}/crashes`]: stats.crashes,
    [`${prefix}/errors`]: stats.errors,
    [`${prefix}/cache_hits`]: stats.cacheHits,
    [`timing/${prefix}/latency_ms_mean`]: latencyMs.mean,
    [`timing/${prefix}/latency_ms_p95`]: latencyMs.p95,
    [`timing/${prefix}/latency_ms_max`]: latencyMs.max,
  };
}
