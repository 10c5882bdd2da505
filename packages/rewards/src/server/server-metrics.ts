import { Counter, Histogram, Registry } from 'prom-client';
import type { ScoreResult } from './score-schemas.ts';

/** What the service counts. */
export interface ServerMetrics {
  count(results: readonly ScoreResult[], seconds: number): void;
  readonly contentType: string;
  text(): Promise<string>;
}

/** Counters of one service, in the text format of Prometheus. */
export function createServerMetrics(): ServerMetrics {
  const registry = new Registry();
  const registers = [registry];
  const samples = new Counter({
    name: 'rlloom_reward_samples_total',
    help: 'Samples answered, by domain and verdict',
    labelNames: ['domain', 'verdict'],
    registers,
  });
  const rewards = new Counter({
    name: 'rlloom_reward_score_sum',
    help: 'Sum of the scores of verified samples, by domain; divide by their number for the mean',
    labelNames: ['domain'],
    registers,
  });
  const duration = new Histogram({
    name: 'rlloom_reward_request_seconds',
    help: 'Seconds from a request to its last result',
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100],
    registers,
  });
  return {
    count(results, seconds) {
      duration.observe(seconds);
      for (const { domain, verdict, score } of results) {
        samples.inc({ domain, verdict });
        // A counter only rises: penalties are seen in the verdicts.
        if (score !== null && score > 0) rewards.inc({ domain }, score);
      }
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}
