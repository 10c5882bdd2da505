import { relative, resolve } from 'node:path';
import { type CliContext, writeLines } from '../cli-context.ts';
import { inspectModelFolder } from '../inspect/model-folder.ts';

/** `rlloom model inspect`: what a model folder holds and what it takes to run and to train it. Loads no weights. */
export async function inspectModelCommand(folder: string, context: CliContext): Promise<void> {
  const target = relative('', resolve(context.workingDirectory, folder)) || '.';
  writeLines(context.stdout, await inspectModelFolder(target));
}
