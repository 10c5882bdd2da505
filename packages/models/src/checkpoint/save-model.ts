import { join } from 'node:path';
import type { ParameterTree } from '@rlloom/tensor';
import type { CausalLanguageModel } from '../causal-language-model.ts';
import { generationConfigOf } from '../config/generation-config.ts';
import type { ModelConfig } from '../config/model-config.ts';
import { families } from '../families/families.ts';
import { readTokenizerFiles, type TokenizerFiles } from '../tokenizer/tokenizer-files.ts';
import { indexFileName } from './weight-files.ts';
import { writeFolder, writeJson, writeText } from './write-folder.ts';
import { planShards, writeShard } from './write-safetensors.ts';

/** Options of {@link saveModel}. */
export interface SaveModelOptions {
  /** A model folder whose tokenizer files are copied, or the files themselves. Default: no tokenizer is written. */
  readonly tokenizerFrom?: string | TokenizerFiles;
  /** Number type of the weights in the files. Default `float32`; the others round. */
  readonly dtype?: 'float32' | 'bfloat16' | 'float16';
  /** Largest weight file; a model beyond it is split. Default 5 · 10⁹, as transformers splits. */
  readonly maxShardBytes?: number;
}

const elementTypes = { float32: 'F32', bfloat16: 'BF16', float16: 'F16' } as const;

/**
 * Writes a model as a Hugging Face folder that transformers opens: config.json, generation_config.json, safetensors
 * files, tokenizer files. A new folder appears complete or not at all. In a folder that exists, files are replaced
 * one by one when all of them are written, others stay, and weight files of a former model go.
 *
 * @throws RlloomError kind `storage` when the disk is full or the folder cannot be written; what was there is intact
 */
export async function saveModel(
  model: CausalLanguageModel,
  directory: string,
  options: SaveModelOptions = {},
): Promise<void> {
  const { config, parameters } = model;
  await saveParameters(
    { config, parameters, architecture: families[config.modelType].architecture },
    directory,
    options,
  );
}

/** What a model folder holds. */
export interface SavedModel {
  readonly config: ModelConfig;
  /** By the names they get in the files. */
  readonly parameters: ParameterTree;
  /** The class of transformers that opens the folder. */
  readonly architecture: string;
  /** Keys of config.json beside those of the family. */
  readonly configKeys?: Readonly<Record<string, unknown>>;
}

/** As {@link saveModel}, for parameters of any kind of model. */
export async function saveParameters(
  saved: SavedModel,
  directory: string,
  options: SaveModelOptions = {},
): Promise<void> {
  const { tokenizerFrom } = options;
  const tokenizer = typeof tokenizerFrom === 'string' ? await readTokenizerFiles(tokenizerFrom) : (tokenizerFrom ?? {});
  await writeFolder(
    directory,
    (temporary) => writeFiles(temporary, saved, { ...options, tokenizer }),
    (name) => /^model(-\d+-of-\d+)?\.safetensors(\.index\.json)?$/.test(name),
  );
}

async function writeFiles(
  directory: string,
  saved: SavedModel,
  options: SaveModelOptions & { readonly tokenizer: TokenizerFiles },
): Promise<void> {
  const { dtype = 'float32', maxShardBytes = 5e9, tokenizer } = options;
  const { config, architecture, configKeys = {} } = saved;
  const json = {
    architectures: [architecture],
    ...families[config.modelType].writeConfig(config),
    ...configKeys,
    torch_dtype: dtype,
  };
  await writeJson(join(directory, 'config.json'), json);
  await writeJson(join(directory, 'generation_config.json'), generationConfigOf(config));
  for (const [name, text] of Object.entries(tokenizer)) await writeText(join(directory, name), text);
  await writeWeights(directory, saved.parameters, { elementType: elementTypes[dtype], maxShardBytes });
}

async function writeWeights(
  directory: string,
  parameters: ParameterTree,
  options: { readonly elementType: 'F32' | 'BF16' | 'F16'; readonly maxShardBytes: number },
): Promise<void> {
  const shards = planShards(parameters, options);
  for (const { file, names } of shards) {
    await writeShard(join(directory, file), { parameters, names, elementType: options.elementType });
  }
  if (shards.length === 1) return;
  const entries = shards.flatMap(({ file, names }) => names.map((name) => [name, file] as const));
  const total = shards.reduce((sum, { bytes }) => sum + bytes, 0);
  const index = { metadata: { total_size: total }, weight_map: Object.fromEntries(entries.sort()) };
  await writeJson(join(directory, indexFileName), index);
}
