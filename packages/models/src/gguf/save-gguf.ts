import { join } from 'node:path';
import { RlloomError } from '@rlloom/spec';
import { tensorOf } from '@rlloom/tensor';
import type { ModelWeights } from '../adapters/adapt-parameters.ts';
import { mergedWeight } from '../adapters/merge-adapter.ts';
import { loadModelConfig, parametersOf } from '../checkpoint/load-model.ts';
import { findParameters, withWeightFiles } from '../checkpoint/read-parameters.ts';
import type { SafetensorsFile } from '../checkpoint/safetensors-file.ts';
import { resolveModelFolder } from '../hub/resolve-model-folder.ts';
import { readTokenizerFiles, type TokenizerFiles } from '../tokenizer/tokenizer-files.ts';
import { elementFormats, type GgufDtype } from './gguf-elements.ts';
import { ggufArchitecture } from './gguf-architecture.ts';
import { writeGgufFile } from './gguf-file.ts';
import { gguf, type GgufMetadata } from './gguf-metadata.ts';
import { ggufTensors, type ParameterValues } from './gguf-tensors.ts';
import { ggufTokenizer } from './gguf-tokenizer.ts';

/** Options of {@link saveGguf}. */
export interface SaveGgufOptions {
  /**
   * Number type of matrices: `f32` is exact, `f16` and `bf16` round, `q8_0` and `q4_0` store blocks of 32 with one scale.
   * Vectors are float32 always. Default `f32`.
   */
  readonly dtype?: GgufDtype;
  /**
   * A model folder whose tokenizer is stored, or its files. `null`: none, for programs that deal in token ids alone.
   * Default: that of the folder the model comes from, else none.
   */
  readonly tokenizerFrom?: string | TokenizerFiles | null;
}

/**
 * Writes a model as a GGUF file, which llama.cpp and the programs around it open: its configuration, its parameters in
 * llama.cpp's names and layouts, its tokenizer with the chat template. An adapter at work in the model is merged. The
 * file appears complete or not at all.
 *
 * @param source a model in memory, or a model folder or the name of a model of the hub, which is read tensor by tensor
 * @throws RlloomError kind `model` for what llama.cpp would compute otherwise than it is trained, or a tokenizer it does
 * not have; kind `storage` when the file cannot be written; what `loadModel` throws for a folder
 */
export async function saveGguf(
  source: ModelWeights | string,
  path: string,
  options: SaveGgufOptions = {},
): Promise<void> {
  if (typeof source !== 'string') return writeModel(valuesOf(source), path, options);
  const directory = await resolveModelFolder(source);
  const config = await loadModelConfig(directory);
  const tokenizerFrom = options.tokenizerFrom === undefined ? directory : options.tokenizerFrom;
  await withWeightFiles(directory, (files) => {
    const wanted = parametersOf(config, { directory, files });
    const sources = findParameters(files, wanted);
    const read: ParameterValues['read'] = (name) => {
      const stored = wanted.nameInFiles(name);
      return (sources.get(stored) as SafetensorsFile).read(stored);
    };
    return writeModel({ config, read }, path, { ...options, tokenizerFrom });
  });
}

async function writeModel(
  source: ParameterValues,
  path: string,
  { dtype = 'f32', tokenizerFrom = null }: SaveGgufOptions,
): Promise<void> {
  const { config } = source;
  const architecture = ggufArchitecture(config);
  const files = typeof tokenizerFrom === 'string' ? await readTokenizerFiles(tokenizerFrom) : tokenizerFrom;
  const where = typeof tokenizerFrom === 'string' ? join(tokenizerFrom, 'tokenizer.json') : 'tokenizer.json';
  const metadata: GgufMetadata = new Map([
    ['general.architecture', gguf.string(architecture.name)],
    ['general.file_type', gguf.uint32(elementFormats[dtype].fileType)],
    ['general.quantization_version', gguf.uint32(2)],
    ...architecture.metadata,
    ...ggufTokenizer(files, config, where),
  ]);
  await writeGgufFile(path, { metadata, tensors: ggufTensors(source, architecture), dtype });
}

function valuesOf(model: ModelWeights): ParameterValues {
  const { config, parameters } = model;
  return {
    config,
    async read(name) {
      const path = name.slice(0, -'.weight'.length);
      const isChanged = name.endsWith('.weight') && parameters[`${path}.lora_A.weight`] !== undefined;
      if (!isChanged) return finite(await tensorOf(parameters, name).data<'float32'>(), name);
      const merged = mergedWeight(config, parameters, path);
      try {
        return finite(await merged.data<'float32'>(), name);
      } finally {
        merged.dispose();
      }
    },
  };
}

function finite(values: Float32Array, name: string): Float32Array {
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return values;
  throw new RlloomError('health', {
    what: `element ${index} is ${String(values[index])}`,
    where: name,
    fix: 'training diverged: go back to a checkpoint and lower the learning rate',
  });
}
