import { explainConfig, formatExplanation, toJsonSchema } from '@rlloom/config';
import { type CliContext, writeLines } from '../cli-context.ts';
import { batchArithmetic, formatBatchArithmetic } from '../run/batch-arithmetic.ts';
import { loadRunConfig } from '../run/load-run-config.ts';
import { runConfig } from '../run-config.ts';

/** Wide enough for descriptions: a file or a pager has no edge. */
const widthWithoutTerminal = 240;

/** Which configuration, as the options name it. */
export interface ConfigCommandOptions {
  readonly configPath: string;
  readonly configName: string;
  readonly json?: boolean;
}

/** `rlloom config explain`: every value, where it comes from, what it means, and the batch arithmetic. */
export async function explainCommand(
  overrides: readonly string[],
  options: ConfigCommandOptions,
  context: CliContext,
): Promise<void> {
  const loaded = await loadRunConfig({ ...options, overrides, workingDirectory: context.workingDirectory });
  const values = explainConfig(loaded);
  const arithmetic = loaded.config.trainingControl.maxSteps > 0 ? batchArithmetic(loaded.config) : undefined;
  if (options.json === true) {
    writeLines(context.stdout, [JSON.stringify({ files: loaded.files, values, batchArithmetic: arithmetic }, null, 2)]);
    return;
  }
  const explanation = formatExplanation(values, { width: context.stdout.columns ?? widthWithoutTerminal });
  const steps =
    arithmetic === undefined ? [] : ['', 'batch arithmetic', ...formatBatchArithmetic(arithmetic).map(indent)];
  writeLines(context.stdout, [`from ${loaded.files.join(', ')}`, '', explanation, ...steps]);
}

/** `rlloom config validate`: nothing but an error, or one line that says it is valid. */
export async function validateCommand(
  overrides: readonly string[],
  options: ConfigCommandOptions,
  context: CliContext,
): Promise<void> {
  const loaded = await loadRunConfig({ ...options, overrides, workingDirectory: context.workingDirectory });
  if (loaded.config.trainingControl.maxSteps > 0) batchArithmetic(loaded.config);
  const set = explainConfig(loaded).filter(({ origin }) => origin.kind !== 'default').length;
  writeLines(context.stdout, [`valid: ${set} keys set in ${loaded.files.join(', ')}`]);
}

/** `rlloom config schema`: the JSON Schema of a run configuration, for editors. */
export function schemaCommand(context: CliContext): void {
  writeLines(context.stdout, [JSON.stringify(toJsonSchema(runConfig), null, 2)]);
}

function indent(line: string): string {
  return `  ${line}`;
}
