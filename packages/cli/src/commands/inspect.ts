import { relative, resolve } from 'node:path';
import { type CliContext, writeLines } from '../cli-context.ts';
import { pathKind } from '../inspect/path-kind.ts';
import type { SampleChoice } from '../inspect/trajectory-file.ts';

/** Options of `rlloom inspect`. */
export interface InspectOptions extends SampleChoice {
  /** Model folder whose tokenizer gives token ids their text. Default: the model of the run the file lies in. */
  readonly model?: string;
}

/** `rlloom inspect`: what a run folder, model folder, data file, trajectory file or audit log holds. */
export async function inspectCommand(path: string, options: InspectOptions, context: CliContext): Promise<void> {
  // As short as it was typed: it is repeated in the output.
  const target = relative('', resolve(context.workingDirectory, path)) || '.';
  writeLines(context.stdout, await inspectPath(target, options));
}

// Each kind loads its own packages: looking at a data file does not load tfjs.
async function inspectPath(path: string, options: InspectOptions): Promise<string[]> {
  const kind = await pathKind(path);
  switch (kind) {
    case 'audit': {
      const { inspectAuditLog } = await import('../inspect/audit-log.ts');
      return inspectAuditLog(path);
    }
    case 'data': {
      const { inspectDataFile } = await import('../inspect/data-file.ts');
      return inspectDataFile(path);
    }
    case 'model': {
      const { inspectModelFolder } = await import('../inspect/model-folder.ts');
      return inspectModelFolder(path);
    }
    case 'run': {
      const { inspectRunFolder } = await import('../inspect/run-folder.ts');
      return inspectRunFolder(path);
    }
    case 'trajectories': {
      const { inspectTrajectoryFile } = await import('../inspect/trajectory-file.ts');
      const { findTokenizer } = await import('../inspect/find-tokenizer.ts');
      return inspectTrajectoryFile(path, options, await findTokenizer(path, options.model));
    }
  }
}
