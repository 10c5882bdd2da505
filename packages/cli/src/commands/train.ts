import { diffConfig, formatDifferences, type LoadedConfig, loadConfig, writeConfig } from '@rlloom/config';
import { createMonitor, writeReport } from '@rlloom/monitor';
import { RlloomError } from '@rlloom/spec';
import { type CliContext, writeLines } from '../cli-context.ts';
import { batchArithmetic, formatBatchArithmetic } from '../run/batch-arithmetic.ts';
import { loadRunConfig } from '../run/load-run-config.ts';
import { openRunDirectory, runDirectory } from '../run/run-directory.ts';
import { train } from '../run/train.ts';
import { type RunConfig, runConfig } from '../run-config.ts';
import { trajectoryReporter } from '../run/trajectory-reporter.ts';

/** Options of `rlloom train`. */
export interface TrainCommandOptions {
  readonly configPath: string;
  readonly configName: string;
  /** `true` = the newest checkpoint, a string = that one. */
  readonly resume?: boolean | string;
  readonly overwrite?: boolean;
}

/** `rlloom train`: runs the stages of a configuration and leaves a run folder with a report. */
export async function trainCommand(
  overrides: readonly string[],
  options: TrainCommandOptions,
  context: CliContext,
): Promise<void> {
  const { resume, overrides: all } = separateResume(options.resume, overrides);
  const loaded = await loadRunConfig({ ...options, overrides: all, workingDirectory: context.workingDirectory });
  const { config } = loaded;
  const arithmetic = batchArithmetic(config);
  const directory = runDirectory(config.exp.outputDir, config.exp.name);
  const isResumed = resume !== undefined;
  await openRunDirectory(directory, isResumed ? 'resume' : options.overwrite === true ? 'overwrite' : 'new');
  if (isResumed) await announceChanges(loaded, directory.config, context);
  await writeConfig(loaded, directory.config);
  if (config.trainingControl.maxSteps > 0) writeLines(context.stdout, formatBatchArithmetic(arithmetic));

  const monitor = createMonitor({
    directory: directory.root,
    config: config.monitor,
    stream: context.stderr,
    targetKl: config.algorithm.kl.targetKl,
    reporters: [trajectoryReporter(directory.trajectories)],
  });
  const notes: { title: string; lines: readonly string[] }[] = [];
  try {
    const result = await train({
      config,
      directory,
      reporter: monitor,
      signal: context.signal,
      resume,
      announce: (line) => writeLines(context.stdout, [line]),
      onStart: (lines) => notes.push({ title: 'Model and data', lines }),
    });
    if (result.status === 'stopped') {
      throw new RlloomError('interrupted', {
        what: 'stopped; the last complete step is saved',
        where: directory.root,
        fix: 'continue with --resume',
      });
    }
    writeLines(context.stdout, [`model:    ${directory.model}`]);
  } finally {
    await monitor.close();
    notes.push({ title: 'Batch arithmetic', lines: formatBatchArithmetic(arithmetic) });
    writeLines(context.stdout, [`report:   ${await writeReport(directory.root, { notes })}`]);
  }
}

// A resumed run equals the uninterrupted one only under the same configuration: say what differs.
async function announceChanges(loaded: LoadedConfig<RunConfig>, saved: string, context: CliContext): Promise<void> {
  const before = await loadConfig({ schema: runConfig, configPath: saved }).catch(() => undefined);
  if (before === undefined) return;
  const differences = diffConfig(before, loaded);
  if (differences.length === 0) return;
  writeLines(context.stderr, [
    'The configuration is not the one this run was started with; the result will differ from an uninterrupted run:',
    formatDifferences(differences),
  ]);
}

// `--resume key=value`: the option takes an optional name, and the parser takes the override for it.
function separateResume(
  option: boolean | string | undefined,
  overrides: readonly string[],
): { readonly resume: string | undefined; readonly overrides: readonly string[] } {
  if (option === undefined || option === false) return { resume: undefined, overrides };
  if (option === true) return { resume: '', overrides };
  const isOverride = option.includes('=') || option.startsWith('~');
  return isOverride ? { resume: '', overrides: [option, ...overrides] } : { resume: option, overrides };
}
