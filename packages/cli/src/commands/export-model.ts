import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import {
  type CausalLanguageModel,
  type GgufDtype,
  loadAdapter,
  loadModel,
  loadModelConfig,
  type LoraAdapter,
  saveAdapterGguf,
  saveGguf,
  withAdapter,
} from '@rlloom/models';
import { RlloomError } from '@rlloom/spec';
import { selectBackend } from '@rlloom/tensor';
import { type CliContext, writeLines } from '../cli-context.ts';
import { formatBytes } from '../format/quantities.ts';
import { findWeights } from '../run/find-weights.ts';
import { saveMerged } from '../run/make-engine.ts';

/** Options of `rlloom model export`. */
export interface ExportModelOptions {
  /** The GGUF file to write. */
  readonly gguf?: string;
  /** The Hugging Face folder to write, with the change of an adapter in its weights. */
  readonly folder?: string;
  readonly dtype: GgufDtype;
  /** The folder of an adapter that is written in place of the model. */
  readonly adapter?: string;
}

/** `rlloom model export`: writes a model, or an adapter of it, as a GGUF file, or an adapter merged into its model. */
export async function exportModelCommand(
  source: string,
  { gguf, folder, dtype, adapter }: ExportModelOptions,
  context: CliContext,
): Promise<void> {
  const path = relative('', resolve(context.workingDirectory, source)) || '.';
  const { modelFolder, adapterFolder } = await findWeights({
    model: existsSync(path) ? path : source,
    signal: context.signal,
    say: (line) => writeLines(context.stderr, [line]),
  });
  if (folder !== undefined) {
    const target = resolve(context.workingDirectory, folder);
    await withModel(modelFolder, adapterFolder, (model, atWork) =>
      saveMerged(model, atWork, { folder: target, tokenizerFrom: modelFolder }),
    );
    writeLines(context.stdout, [`${folder}: ${adapterFolder === undefined ? 'the model' : 'the model, merged'}`]);
  }
  if (gguf === undefined) {
    if (folder !== undefined) return;
    throw new RlloomError('config', { what: 'nothing to write', fix: 'give --gguf FILE, --folder FOLDER or both' });
  }
  const file = resolve(context.workingDirectory, gguf);
  if (adapter !== undefined) {
    await selectBackend({ backend: 'cpu' });
    await saveAdapterGguf(resolve(context.workingDirectory, adapter), file, {
      model: await loadModelConfig(modelFolder),
      dtype,
    });
  } else if (adapterFolder === undefined) {
    await saveGguf(modelFolder, file, { dtype });
  } else {
    await withModel(modelFolder, adapterFolder, (model, atWork) =>
      saveGguf(atWork === undefined ? model : withAdapter(model, atWork), file, { dtype, tokenizerFrom: modelFolder }),
    );
  }
  writeLines(context.stdout, [`${gguf}: ${dtype}, ${formatBytes((await stat(file)).size)}`]);
}

async function withModel(
  modelFolder: string,
  adapterFolder: string | undefined,
  use: (model: CausalLanguageModel, adapter: LoraAdapter | undefined) => Promise<void>,
): Promise<void> {
  await selectBackend({ backend: 'cpu' });
  const model = await loadModel(modelFolder);
  const adapter = adapterFolder === undefined ? undefined : await loadAdapter(model, adapterFolder);
  try {
    await use(model, adapter);
  } finally {
    adapter?.dispose();
    model.dispose();
  }
}
