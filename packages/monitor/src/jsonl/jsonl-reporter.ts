import { appendFileSync, mkdirSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { inspect } from 'node:util';
import type { Metrics, Reporter, RunInfo } from '@rlloom/spec';
import writeFileAtomic from 'write-file-atomic';
import { toJsonMetrics } from './json-numbers.ts';
import { createJsonlFile, guarded, type RunLine, storageError } from './jsonl-file.ts';
import { runFiles } from './run-files.ts';
import { sampleLines } from './sample-lines.ts';

/** How one stage of a run stands. */
export interface StageRecord {
  readonly stage: string;
  readonly totalSteps: number;
  /** Steps that are complete. */
  readonly step: number;
  readonly status: 'running' | 'finished' | 'stopped' | 'failed';
  /** The error that ended it. */
  readonly error?: string;
}

/** What `run.json` holds. */
export interface RunRecord {
  readonly name: string;
  readonly stages: readonly StageRecord[];
  readonly config: unknown;
}

/** Where lines go and how many samples are kept. */
export interface JsonlReporterOptions {
  /** The run folder. */
  readonly directory: string;
  /** Groups kept each time. Default 4. */
  readonly sampleGroups?: number;
  /** Samples kept of each group. Default 4. */
  readonly samplesPerGroup?: number;
}

/**
 * Writes `metrics.jsonl`, `evaluations.jsonl`, `samples.jsonl`, `messages.jsonl` and `run.json`. Whatever depends on
 * the clock stands under `timing`, so that the rest of a resumed run's metrics equals the uninterrupted run's byte for
 * byte: when a stage starts after step S, lines of later steps and stages are dropped first.
 *
 * Its errors are `storage` errors, which end a run: a run whose results cannot be written has no use.
 */
export function jsonlReporter(options: JsonlReporterOptions): Reporter {
  const { directory, sampleGroups = 4, samplesPerGroup = 4 } = options;
  const paths = runFiles(directory);
  const metricsFile = createJsonlFile(paths.metrics);
  const evaluationsFile = createJsonlFile(paths.evaluations);
  const samplesFile = createJsonlFile(paths.samples);
  const messagesFile = createJsonlFile(paths.messages);
  const all = [metricsFile, evaluationsFile, samplesFile, messagesFile];
  let info: RunInfo | undefined;
  let stages: readonly StageRecord[] = [];
  let step = 0;

  async function saveRun(record: StageRecord): Promise<void> {
    const { name, config } = info ?? { name: '', config: undefined };
    stages = [...stages.filter(({ stage }) => stage !== record.stage), record];
    const run: RunRecord = { name, stages, config };
    await guarded(paths.run, () => writeFileAtomic(paths.run, `${JSON.stringify(run, null, 2)}\n`));
  }

  return {
    name: 'jsonl',
    async onRunStart(next) {
      info = next;
      step = next.startStep;
      await guarded(directory, () => mkdir(directory, { recursive: true }));
      const isPast = (line: RunLine): boolean =>
        next.completedStages.includes(line.stage) || (line.stage === next.stage && line.step <= next.startStep);
      for (const file of all) await file.keepOnly(isPast);
      stages =
        (await readRunRecord(paths.run))?.stages.filter(({ stage }) => next.completedStages.includes(stage)) ?? [];
      await saveRun({ stage: next.stage, totalSteps: next.totalSteps, step, status: 'running' });
    },
    async onStepEnd(event) {
      step = event.step;
      const { metrics, timing } = splitTiming(event.metrics);
      await metricsFile.append([
        {
          stage: event.stage,
          step,
          metrics: toJsonMetrics(metrics),
          timing: toJsonMetrics({ seconds: event.seconds, ...timing }),
        },
      ]);
    },
    async onSamples(event) {
      await samplesFile.append(
        sampleLines(event.groups, {
          stage: event.stage,
          step: event.step,
          kind: 'train',
          groupCount: sampleGroups,
          samplesPerGroup,
        }),
      );
    },
    async onEvaluation({ stage, step: at, metrics, groups }) {
      await evaluationsFile.append([{ stage, step: at, metrics: toJsonMetrics(metrics) }]);
      const selection = { stage, step: at, kind: 'evaluation', groupCount: sampleGroups, samplesPerGroup: 1 } as const;
      await samplesFile.append(sampleLines(groups, selection));
    },
    async onCheckpoint() {
      for (const file of all) await file.sync();
    },
    onMessage({ level, text }) {
      const line = { stage: info?.stage ?? '', step, level, text };
      try {
        mkdirSync(dirname(paths.messages), { recursive: true });
        appendFileSync(paths.messages, `${JSON.stringify(line)}\n`);
      } catch (error) {
        throw storageError(error, paths.messages);
      }
    },
    async onRunEnd(event) {
      if (info === undefined) return;
      const { error } = event;
      await saveRun({
        stage: info.stage,
        totalSteps: info.totalSteps,
        step: event.step,
        status: event.status,
        ...(error !== undefined && { error: error instanceof Error ? error.message : inspect(error) }),
      });
    },
  };
}

/** What `run.json` says; `undefined` when there is none that can be read. */
export async function readRunRecord(path: string): Promise<RunRecord | undefined> {
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as Partial<RunRecord>;
    return { name: value.name ?? '', stages: value.stages ?? [], config: value.config };
  } catch {
    return undefined;
  }
}

// `timing/rollout_seconds` and the like depend on the machine and its load.
function splitTiming(all: Metrics): { metrics: Metrics; timing: Metrics } {
  const isTiming = ([name]: [string, number]): boolean => name.startsWith('timing/');
  const entries = Object.entries(all);
  return {
    metrics: Object.fromEntries(entries.filter((entry) => !isTiming(entry))),
    timing: Object.fromEntries(entries.filter(isTiming).map(([name, value]) => [name.slice('timing/'.length), value])),
  };
}
