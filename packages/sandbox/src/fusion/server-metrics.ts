import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Metrics of a server. */
export interface ServerMetrics {
  readonly contentType: string;
  text(): Promise<string>;
  /** Counts a request from now on; call the result when it is answered. */
  begin(endpoint: string): (outcome: string) => void;
  refuse(): void;
}

/** Metrics in a registry of their own, for Prometheus. */
export function serverMetrics(): ServerMetrics {
  const registers = [new Registry()];
  const runs = new Counter({
    name: 'rlloom_sandbox_requests_total',
    help: 'requests that ran something, by endpoint and outcome',
    labelNames: ['endpoint', 'outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'rlloom_sandbox_request_seconds',
    help: 'time of requests that ran something, waiting included',
    labelNames: ['endpoint'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const active = new Gauge({ name: 'rlloom_sandbox_requests_active', help: 'running or waiting now', registers });
  const refused = new Counter({
    name: 'rlloom_sandbox_requests_refused_total',
    help: 'refused as too many',
    registers,
  });
  return {
    contentType: registers[0]!.contentType,
    text: () => registers[0]!.metrics(),
    begin(endpoint) {
      const end = seconds.startTimer({ endpoint });
      active.inc();
      return (outcome) => {
        end();
        active.dec();
        runs.inc({ endpoint, outcome });
      };
    },
    refuse: () => refused.inc(),
  };
}
