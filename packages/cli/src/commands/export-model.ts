import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { type GgufDtype, loadModelConfig, saveAdapterGguf, saveGguf } from '@rlloom/models';
import { selectBackend } from '@rlloom/tensor';
import { type CliContext, writeLines } from '../cli-context.ts';
import { formatBytes } from '../format/quantities.ts';
import { findModelFolder } from '../run/find-model-folder.ts';

/** Options of `rlloom model export`. */
export interface ExportModelOptions {
  /** The file to write. */
  readonly gguf: string;
  readonly dtype: GgufDtype;
  /** The folder of an adapter that is written in place of the model. */
  readonly adapter?: string;
}

/** `rlloom model export`: writes a model, or an adapter of it, as a GGUF file. */
export async function exportModelCommand(
  folder: string,
  { gguf, dtype, adapter }: ExportModelOptions,
  context: CliContext,
): Promise<void> {
  const path = relative('', resolve(context.workingDirectory, folder)) || '.';
  const source = await findModelFolder({
    model: existsSync(path) ? path : folder,
    signal: context.signal,
    say: (line) => writeLines(context.stderr, [line]),
  });
  const file = resolve(context.workingDirectory, gguf);
  if (adapter === undefined) {
    await saveGguf(source, file, { dtype });
  } else {
    await selectBackend({ backend: 'cpu' });
    await saveAdapterGguf(resolve(context.workingDirectory, adapter), file, {
      model: await loadModelConfig(source),
      dtype,
    });
  }
  writeLines(context.stdout, [`${gguf}: ${dtype}, ${formatBytes((await stat(file)).size)}`]);
}
