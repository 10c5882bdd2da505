import { isRlloomError, type Metrics, type Reporter, RlloomError, type RunInfo } from '@rlloom/spec';
import { consoleReporter } from './console/console-reporter.ts';
import type { TextStream } from './console/text-stream.ts';
import { type HealthRule, healthRules } from './health/health-rule.ts';
import { createHealthWatch, type HealthAlert } from './health/health-watch.ts';
import { fromJsonMetrics } from './jsonl/json-numbers.ts';
import { readJsonlFile } from './jsonl/jsonl-file.ts';
import { jsonlReporter } from './jsonl/jsonl-reporter.ts';
import { runFiles } from './jsonl/run-files.ts';
import { type MonitorConfig, monitorConfig } from './monitor.config.ts';
import { writeReport } from './report/write-report.ts';
import { tensorboardReporter } from './tensorboard/tensorboard-reporter.ts';

/** What a monitor watches and where it writes. */
export interface MonitorOptions {
  /** The run folder. */
  readonly directory: string;
  /** Default: `monitorConfig.parse({})`. */
  readonly config?: MonitorConfig;
  /** Where progress is shown; without it there is none. */
  readonly stream?: TextStream;
  /** `algorithm.kl.target_kl`, which the KL rule is a multiple of. Default: none, no KL rule. */
  readonly targetKl?: number | null;
  /** Reporters beside those the configuration asks for; they hear of everything after those. */
  readonly reporters?: readonly Reporter[];
  /** Rules beside those of the configuration. */
  readonly healthRules?: readonly HealthRule[];
}

/** Several reporters and the health rules as one reporter. */
export interface Monitor extends Reporter {
  /** The warnings so far: health alerts, reporters that were switched off. */
  readonly warnings: readonly string[];
  /** Ends what is still open: a stage that threw before its end still gets an `onRunEnd`. Never throws. */
  close(): Promise<void>;
}

/**
 * Folds reporters into one. A reporter that throws is reported once and switched off, and the run goes on, with two
 * exceptions that end it: an `RlloomError` of kind `storage` (results cannot be written: the JSONL files) and one of
 * kind `health`. Health rules are checked after every step, when all reporters have the step's metrics.
 */
export function createMonitor(options: MonitorOptions): Monitor {
  const { directory, config = monitorConfig.parse({}) } = options;
  const watch = createHealthWatch([
    ...healthRules(config.health, options.targetKl ?? null),
    ...(options.healthRules ?? []),
  ]);
  const warnings: string[] = [];
  let active: readonly Reporter[] = [...standardReporters(options, config), ...(options.reporters ?? [])];
  let open: { readonly info: RunInfo; readonly step: number } | undefined;

  async function tell(call: (reporter: Reporter) => void | Promise<void>): Promise<void> {
    let fatal: unknown;
    for (const reporter of active) {
      try {
        await call(reporter);
      } catch (error) {
        if (isFatal(error)) fatal ??= error;
        else switchOff(reporter, error);
      }
    }
    if (fatal !== undefined) throw fatal as Error;
  }

  function tellNow(call: (reporter: Reporter) => void): void {
    let fatal: unknown;
    for (const reporter of active) {
      try {
        call(reporter);
      } catch (error) {
        if (isFatal(error)) fatal ??= error;
        else switchOff(reporter, error);
      }
    }
    if (fatal !== undefined) throw fatal as Error;
  }

  function switchOff(reporter: Reporter, error: unknown): void {
    active = active.filter((other) => other !== reporter);
    const reason = error instanceof Error ? error.message : String(error);
    warn(`reporter "${reporter.name}" failed and is switched off: ${reason}`);
  }

  function warn(text: string): void {
    warnings.push(text);
    tellNow((reporter) => reporter.onMessage?.({ level: 'warning', text }));
  }

  async function renewReport(step: number): Promise<void> {
    if (config.reportSteps === 0 || step % config.reportSteps !== 0) return;
    try {
      await writeReport(directory);
    } catch (error) {
      if (isFatal(error)) throw error;
      warn(`the report could not be written: ${String(error)}`);
    }
  }

  return {
    name: 'monitor',
    warnings,
    async onRunStart(info) {
      open = { info, step: info.startStep };
      await tell((reporter) => reporter.onRunStart?.(info));
      watch.reset();
      await replay(info, runFiles(directory).metrics, (metrics) => watch.observe(metrics));
    },
    onPhase: (event) => tellNow((reporter) => reporter.onPhase?.(event)),
    async onStepEnd(event) {
      if (open !== undefined) open = { ...open, step: event.step };
      await tell((reporter) => reporter.onStepEnd?.(event));
      const alerts = watch.observe(event.metrics);
      for (const alert of alerts) warn(describe(alert, event));
      await renewReport(event.step);
      const stop = alerts.find(({ action }) => action === 'stop');
      if (stop !== undefined) {
        const where = `stage ${event.stage}, step ${event.step}`;
        throw new RlloomError('health', { what: stop.what, where, fix: stop.fix });
      }
    },
    onSamples: (event) => tell((reporter) => reporter.onSamples?.(event)),
    onEvaluation: (event) => tell((reporter) => reporter.onEvaluation?.(event)),
    onCheckpoint: (event) => tell((reporter) => reporter.onCheckpoint?.(event)),
    onMessage: (event) => tellNow((reporter) => reporter.onMessage?.(event)),
    async onRunEnd(event) {
      open = undefined;
      const told = tell((reporter) => reporter.onRunEnd?.(event));
      // What made the run fail is what its caller is about to throw; a second failure must not take its place.
      await (event.status === 'failed' ? told.catch(() => undefined) : told);
    },
    async close() {
      if (open === undefined) return;
      const { step } = open;
      open = undefined;
      await tell((reporter) => reporter.onRunEnd?.({ status: 'failed', step, summary: {} })).catch(() => undefined);
    },
  };
}

function standardReporters({ directory, stream }: MonitorOptions, config: MonitorConfig): Reporter[] {
  const { console: mode, sampleGroups, samplesPerGroup } = config;
  return [
    jsonlReporter({ directory, sampleGroups, samplesPerGroup }),
    ...(config.tensorboard ? [tensorboardReporter({ directory: runFiles(directory).tensorboard })] : []),
    ...(stream !== undefined && mode !== 'off' ? [consoleReporter({ stream, mode })] : []),
  ];
}

// A rule over several steps in a row must count those before the checkpoint too, as it would have without the stop.
async function replay(info: RunInfo, file: string, observe: (metrics: Metrics) => void): Promise<void> {
  if (info.startStep === 0) return;
  for await (const line of readJsonlFile(file)) {
    if (line.stage === info.stage) observe(fromJsonMetrics(line['metrics']));
  }
}

function isFatal(error: unknown): boolean {
  return isRlloomError(error) && (error.kind === 'storage' || error.kind === 'health');
}

function describe(
  { what, fix }: HealthAlert,
  { stage, step }: { readonly stage: string; readonly step: number },
): string {
  return `${stage} step ${step}: ${what} → ${fix}`;
}
