import type { Metrics, Verdict } from '@rlloom/spec';
import type { JobFailure } from '../worker/messages.ts';
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
export function rewardStats(records: Iterable<SampleRecord>, seconds: number): RewardStats {
  const all = createTally();
  const byDomain = new Map<string, Tally>();
  for (const record of records) {
    let own = byDomain.get(record.domain);
    if (own === undefined) byDomain.set(record.domain, (own = createTally()));
    addTo(own, record);
    addTo(all, record);
  }
  const domains = Object.fromEntries([...byDomain].map(([name, tally]) => [name, statsOf(tally)]));
  return { ...statsOf(all), domains, seconds };
}

/** Counts, sums and times while samples go by. */
interface Tally {
  samples: number;
  readonly verdicts: Record<Verdict, number>;
  readonly failures: Record<JobFailure, number>;
  cacheHits: number;
  readonly score: Mean;
  readonly reward: Mean;
  readonly times: number[];
}

interface Mean {
  sum: number;
  count: number;
}

function createTally(): Tally {
  return {
    samples: 0,
    verdicts: { correct: 0, incorrect: 0, unverifiable: 0 },
    failures: { timeout: 0, memory: 0, crash: 0, error: 0 },
    cacheHits: 0,
    score: { sum: 0, count: 0 },
    reward: { sum: 0, count: 0 },
    times: [],
  };
}

function addTo(tally: Tally, { outcome, reward }: SampleRecord): void {
  tally.samples++;
  tally.verdicts[outcome.result.verdict]++;
  if (outcome.failure !== undefined) tally.failures[outcome.failure]++;
  if (outcome.cached) tally.cacheHits++;
  else tally.times.push(outcome.milliseconds);
  addToMean(tally.score, outcome.result.score);
  addToMean(tally.reward, reward);
}

function addToMean(mean: Mean, value: number | null): void {
  if (value === null) return;
  mean.sum += value;
  mean.count++;
}

function statsOf({ samples, verdicts, failures, cacheHits, score, reward, times }: Tally): DomainStats {
  // Typed arrays sort numbers without a comparison of ours.
  const sorted = Float64Array.from(times).sort();
  return {
    samples,
    ...verdicts,
    meanScore: valueOf(score),
    meanReward: valueOf(reward),
    timeouts: failures.timeout,
    crashes: failures.crash + failures.memory,
    outOfMemory: failures.memory,
    errors: failures.error,
    cacheHits,
    latencyMs: {
      mean: sorted.reduce((sum, time) => sum + time, 0) / Math.max(1, sorted.length),
      p95: sorted[Math.floor(sorted.length * 0.95)] ?? 0,
      max: sorted.at(-1) ?? 0,
    },
  };
}

function valueOf({ sum, count }: Mean): number | null {
  return count === 0 ? null : sum / count;
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
