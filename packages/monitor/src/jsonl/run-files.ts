import { join } from 'node:path';

/** The files a run's reporters write, by purpose. */
export interface RunFiles {
  /** One line per step: `{ stage, step, metrics, timing }`. */
  readonly metrics: string;
  /** One line per evaluation: `{ stage, step, metrics }`. */
  readonly evaluations: string;
  /** One line per kept sample. */
  readonly samples: string;
  /** One line per warning or notice. */
  readonly messages: string;
  /** What the run is, and how each of its stages stands. */
  readonly run: string;
  /** The resolved configuration, if the program saved it there. */
  readonly config: string;
  /** Event files, one folder per stage. */
  readonly tensorboard: string;
  readonly report: string;
}

/** Where the files of the run in `directory` are. */
export function runFiles(directory: string): RunFiles {
  return {
    metrics: join(directory, 'metrics.jsonl'),
    evaluations: join(directory, 'evaluations.jsonl'),
    samples: join(directory, 'samples.jsonl'),
    messages: join(directory, 'messages.jsonl'),
    run: join(directory, 'run.json'),
    config: join(directory, 'config.yaml'),
    tensorboard: join(directory, 'tensorboard'),
    report: join(directory, 'report.html'),
  };
}
