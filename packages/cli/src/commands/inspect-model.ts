import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { type CliContext, writeLines } from '../cli-context.ts';
import { inspectModelFolder } from '../inspect/model-folder.ts';
import { findModelFolder } from '../run/find-model-folder.ts';

/**
 * `rlloom model inspect`: what a model folder holds and what it takes to run and to train it. Loads no weights; a model of
 * the hub is downloaded.
 */
export async function inspectModelCommand(folder: string, context: CliContext): Promise<void> {
  const path = relative('', resolve(context.workingDirectory, folder)) || '.';
  const target = await findModelFolder({
    model: existsSync(path) ? path : folder,
    signal: context.signal,
    say: (line) => writeLines(context.stderr, [line]),
  });
  writeLines(context.stdout, await inspectModelFolder(target));
}
