import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** How a call ended. `gone`: the caller went away. */
export type CallOutcome = 'answered' | 'refused' | 'failed' | 'gone';

/** What the gateway counts. */
export interface GatewayMetrics {
  call(outcome: CallOutcome, seconds?: { readonly total: number; readonly engine: number }): void;
  generated(tokens: number): void;
  sessionEnded(how: 'ended' | 'failed' | 'expired'): void;
  readonly contentType: string;
  text(): Promise<string>;
}

/** Counters of one gateway, in the text format of Prometheus. */
export function createGatewayMetrics(state: {
  readonly sessions: () => number;
  readonly calls: () => number;
  readonly isPaused: () => boolean;
}): GatewayMetrics {
  const registry = new Registry();
  const registers = [registry];
  const calls = new Counter({
    name: 'rlloom_gateway_calls_total',
    help: 'Calls of agents, by how they ended',
    labelNames: ['outcome'],
    registers,
  });
  const tokens = new Counter({ name: 'rlloom_gateway_sampled_tokens_total', help: 'Tokens sampled', registers });
  const ended = new Counter({
    name: 'rlloom_gateway_sessions_ended_total',
    help: 'Sessions that ended, by how',
    labelNames: ['how'],
    registers,
  });
  const buckets = [0.001, 0.002, 0.005, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100];
  const added = new Histogram({
    name: 'rlloom_gateway_added_seconds',
    help: 'Seconds of an answered call that the engine did not work on it',
    buckets,
    registers,
  });
  const engine = new Histogram({
    name: 'rlloom_gateway_engine_seconds',
    help: 'Seconds of an answered call in the engine',
    buckets,
    registers,
  });
  const gauge = (name: string, { help, value }: { readonly help: string; readonly value: () => number }): void => {
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(value());
      },
    });
  };
  gauge('rlloom_gateway_sessions', { help: 'Open sessions', value: state.sessions });
  gauge('rlloom_gateway_calls', { help: 'Calls in progress', value: state.calls });
  gauge('rlloom_gateway_paused', { help: '1 while weights change', value: () => Number(state.isPaused()) });
  return {
    call(outcome, seconds) {
      calls.inc({ outcome });
      if (seconds === undefined) return;
      added.observe(Math.max(0, seconds.total - seconds.engine));
      engine.observe(seconds.engine);
    },
    generated: (count) => tokens.inc(count),
    sessionEnded: (how) => ended.inc({ how }),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}
