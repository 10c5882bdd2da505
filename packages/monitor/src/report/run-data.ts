import { readFile } from 'node:fs/promises';
import type { Metrics } from '@rlloom/spec';
import { fromJsonMetrics } from '../jsonl/json-numbers.ts';
import { readJsonlFile, type RunLine } from '../jsonl/jsonl-file.ts';
import { readRunRecord, type RunRecord } from '../jsonl/jsonl-reporter.ts';
import { runFiles } from '../jsonl/run-files.ts';
import type { SampleLine } from '../jsonl/sample-lines.ts';

/** Metrics at a step of a stage. */
export interface MeasuredStep {
  readonly stage: string;
  readonly step: number;
  /** Timing under `timing/`, as reporters were given it. */
  readonly metrics: Metrics;
}

/** A line of `messages.jsonl`. */
export interface MessageLine extends RunLine {
  readonly level: 'info' | 'warning';
  readonly text: string;
}

/** Everything a run folder says about its run so far. */
export interface RunData {
  readonly record: RunRecord;
  readonly steps: readonly MeasuredStep[];
  readonly evaluations: readonly MeasuredStep[];
  readonly samples: readonly SampleLine[];
  readonly messages: readonly MessageLine[];
  /** The resolved configuration as text; `undefined` = the run was given none. */
  readonly configText: string | undefined;
}

/** Reads a run folder; files that are not there yet are empty. */
export async function readRunData(directory: string): Promise<RunData> {
  const files = runFiles(directory);
  const record = (await readRunRecord(files.run)) ?? { name: '', stages: [], config: undefined };
  const savedConfig = await readFile(files.config, 'utf8').catch(() => undefined);
  const given = record.config === undefined ? undefined : JSON.stringify(record.config, null, 2);
  return {
    record,
    steps: (await lines(files.metrics)).map((line) => ({ ...place(line), metrics: stepMetrics(line) })),
    evaluations: (await lines(files.evaluations)).map((line) => ({
      ...place(line),
      metrics: fromJsonMetrics(line['metrics']),
    })),
    samples: (await lines(files.samples)) as SampleLine[],
    messages: (await lines(files.messages)) as MessageLine[],
    configText: savedConfig ?? given,
  };
}

async function lines(path: string): Promise<RunLine[]> {
  const all: RunLine[] = [];
  for await (const line of readJsonlFile(path)) all.push(line);
  return all;
}

function place({ stage, step }: RunLine): { stage: string; step: number } {
  return { stage, step };
}

function stepMetrics(line: RunLine): Metrics {
  const timing = Object.entries(fromJsonMetrics(line['timing'])).map(([name, value]): [string, number] => [
    `timing/${name}`,
    value,
  ]);
  return { ...fromJsonMetrics(line['metrics']), ...Object.fromEntries(timing) };
}
