import type { Metrics } from '@rlloom/spec';
import type { SampleOutcome } from '../worker/messages.ts';

/** Counts and means of the samples of one domain. */
export interface DomainStats {
  readonly samples: number;
  readonly correct: number;
  readonly incorrect: number;
  readonly unverifiable: number;
  /** Mean of the final rewards of verified samples; `null` without any. */
  readonly meanReward: number | null;
}

/** What one call of `score` did. */
export interface RewardStats extends DomainStats {
  readonly domains: Readonly<Record<string, DomainStats>>;
  /** Samples whose deadline passed. */
  readonly timeouts: number;
  /** Samples that took their thread with them, `outOfMemory` among them. */
  readonly crashes: number;
  readonly outOfMemory: number;
  /** Samples with a part that threw, answered in a wrong shape or could not verify. */
  readonly errors: number;
  /** Wall time of the call. */
  readonly seconds: number;
  /** Time per sample in its thread, in milliseconds. */
  readonly latencyMs: { readonly mean: number; readonly p95: number; readonly max: number };
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
  const failures = (...kinds: readonly (string | undefined)[]): number =>
    records.filter(({ outcome }) => kinds.includes(outcome.failure)).length;
  const times = records.map(({ outcome }) => outcome.milliseconds).sort((a, b) => a - b);
  return {
    ...domainStats(records),
    domains: Object.fromEntries([...byDomain].map(([name, same]) => [name, domainStats(same)])),
    timeouts: failures('timeout'),
    crashes: failures('crash', 'memory'),
    outOfMemory: failures('memory'),
    errors: failures('error'),
    seconds,
    latencyMs: {
      mean: times.reduce((sum, time) => sum + time, 0) / Math.max(1, times.length),
      p95: times[Math.floor(times.length * 0.95)] ?? 0,
      max: times.at(-1) ?? 0,
    },
  };
}

function domainStats(records: readonly SampleRecord[]): DomainStats {
  const count = (wanted: string): number => records.filter(({ outcome }) => outcome.result.verdict === wanted).length;
  const rewards = records.flatMap(({ reward }) => (reward === null ? [] : [reward]));
  return {
    samples: records.length,
    correct: count('correct'),
    incorrect: count('incorrect'),
    unverifiable: count('unverifiable'),
    meanReward: rewards.length === 0 ? null : rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length,
  };
}

/** The statistics as metrics: `rewards/correct`, `rewards/math/mean_reward`, ...; means without samples are left out. */
export function rewardMetrics(stats: RewardStats): Metrics {
  const metrics: Record<string, number> = {
    'rewards/timeouts': stats.timeouts,
    'rewards/crashes': stats.crashes,
    'rewards/errors': stats.errors,
    'rewards/seconds': stats.seconds,
    'rewards/latency_ms_mean': stats.latencyMs.mean,
    'rewards/latency_ms_p95': stats.latencyMs.p95,
    'rewards/latency_ms_max': stats.latencyMs.max,
  };
  const add = (prefix: string, { samples, correct, incorrect, unverifiable, meanReward }: DomainStats): void => {
    Object.assign(metrics, {
      [`${prefix}/samples`]: samples,
      [`${prefix}/correct`]: correct,
      [`${prefix}/incorrect`]: incorrect,
      [`${prefix}/unverifiable`]: unverifiable,
      ...(meanReward !== null && { [`${prefix}/mean_reward`]: meanReward }),
    });
  };
  add('rewards', stats);
  for (const [name, domain] of Object.entries(stats.domains)) add(`rewards/${name}`, domain);
  return metrics;
}
