import type { Metrics } from '@rlloom/spec';

/** What rewards say of themselves, over calls that score one group each. */
export interface RewardTally {
  /** Takes what `onMetrics` of one call was told. */
  add(metrics: Metrics): void;
  /** The calls since the last one, as if it had been a single call. */
  take(): Metrics;
}

/**
 * A tally of no calls. Counts are added up. Means count as many samples as they are of: scores and rewards the verified
 * ones, latencies those that were scored rather than known from before. Percentiles are left out: those of parts do not
 * tell that of the whole.
 */
export function createRewardTally(): RewardTally {
  let calls: Metrics[] = [];
  return {
    add: (metrics) => void calls.push(metrics),
    take() {
      const names = new Set(calls.flatMap((metrics) => Object.keys(metrics)));
      const metrics = [...names].flatMap((name): [string, number][] => {
        const value = combined(name, calls);
        return value === undefined ? [] : [[name, value]];
      });
      calls = [];
      return Object.fromEntries(metrics);
    },
  };
}

function combined(name: string, calls: readonly Metrics[]): number | undefined {
  const [prefix, measure] = [name.slice(0, name.lastIndexOf('/')), name.slice(name.lastIndexOf('/') + 1)];
  const domain = prefix.replace(/^timing\//, '');
  const count = (metrics: Metrics, what: string): number => metrics[`${domain}/${what}`] ?? 0;
  switch (measure) {
    case 'mean_score':
    case 'mean_reward':
      return weightedMean(name, calls, (metrics) => count(metrics, 'correct') + count(metrics, 'incorrect'));
    case 'latency_ms_mean':
      return weightedMean(name, calls, (metrics) => count(metrics, 'samples') - count(metrics, 'cache_hits'));
    case 'latency_ms_max':
      return Math.max(...valuesOf(name, calls));
    case 'latency_ms_p95':
      return undefined;
    default:
      return valuesOf(name, calls).reduce((sum, value) => sum + value, 0);
  }
}

function weightedMean(name: string, calls: readonly Metrics[], weight: (metrics: Metrics) => number): number {
  let [sum, total] = [0, 0];
  for (const metrics of calls) {
    const value = metrics[name];
    if (value === undefined) continue;
    sum += weight(metrics) * value;
    total += weight(metrics);
  }
  return total === 0 ? 0 : sum / total;
}

function valuesOf(name: string, calls: readonly Metrics[]): number[] {
  return calls.flatMap((metrics) => metrics[name] ?? []);
}
