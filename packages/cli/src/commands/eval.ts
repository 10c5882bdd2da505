import { evaluate } from '@rlloom/trainers';
import { deriveSeed, RlloomError } from '@rlloom/spec';
import { type CliContext, writeLines } from '../cli-context.ts';
import { buildComponents, readRunTasks } from '../run/components.ts';
import { loadRunConfig } from '../run/load-run-config.ts';

/** Options of `rlloom eval`. */
export interface EvalCommandOptions {
  readonly configPath: string;
  readonly configName: string;
  /** A model folder or `owner/name` of the hub instead of the configuration's `model.pretrain`. */
  readonly model?: string;
  readonly json?: boolean;
}

/** `rlloom eval`: greedy answers to the evaluation tasks of a configuration, scored. */
export async function evalCommand(
  overrides: readonly string[],
  options: EvalCommandOptions,
  context: CliContext,
): Promise<void> {
  const { config } = await loadRunConfig({ ...options, overrides, workingDirectory: context.workingDirectory });
  const tasks = await readRunTasks(config, config.data.eval);
  if (tasks.length === 0) {
    throw new RlloomError('config', {
      what: 'there is nothing to evaluate',
      where: 'data.eval',
      fix: 'name a file with tasks',
    });
  }
  const components = await buildComponents(config, {
    ...(options.model === undefined ? {} : { model: options.model }),
    signal: context.signal,
    say: (line) => writeLines(context.stderr, [line]),
  });
  try {
    await components.engine.updateWeights({ kind: 'shared', version: 0 });
    const { metrics } = await evaluate({
      tasks,
      collect: components.collect,
      rewards: components.rewards,
      seed: deriveSeed(config.exp.seed, 'evaluate'),
      signal: context.signal,
    });
    if (context.signal.aborted)
      throw new RlloomError('interrupted', { what: 'stopped before all tasks were answered' });
    if (options.json === true) writeLines(context.stdout, [JSON.stringify(metrics)]);
    else
      writeLines(
        context.stdout,
        Object.entries(metrics).map(([name, value]) => `${name.padEnd(40)} ${value.toFixed(4)}`),
      );
  } finally {
    await components.close();
  }
}
