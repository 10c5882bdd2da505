import { join } from 'node:path';
import { RlloomError } from '@rlloom/spec';
import { tf } from '@rlloom/tensor';
import { CausalLanguageModel } from '../causal-language-model.ts';
import { withGenerationConfig } from '../config/generation-config.ts';
import type { ModelConfig } from '../config/model-config.ts';
import { parseModelConfig } from '../config/parse-model-config.ts';
import { parameterShapes } from '../decoder/parameter-shapes.ts';
import { readJsonFile } from './model-files.ts';
import { openSafetensors, type SafetensorsFile } from './safetensors-file.ts';
import { findWeightFiles } from './weight-files.ts';

/** Options of {@link loadModel}. */
export interface LoadModelOptions {
  /** Number type of the parameters in memory; default and only one: `float32`. */
  readonly dtype?: 'float32';
}

/**
 * Reads a causal language model from a Hugging Face folder: config.json, generation_config.json, and weights in
 * one safetensors file or several. BF16 and F16 weights become float32. One tensor at a time is in memory twice.
 *
 * @returns a model the caller owns (`dispose`)
 * @throws RlloomError kind `model` naming file and tensor: a missing or truncated file, an unknown family or
 * option, a missing, superfluous or misshapen tensor, a number type or value that cannot be used
 */
export async function loadModel(directory: string, _options: LoadModelOptions = {}): Promise<CausalLanguageModel> {
  const config = await loadModelConfig(directory);
  const files: SafetensorsFile[] = [];
  const parameters: Record<string, tf.Tensor> = {};
  try {
    for (const name of await findWeightFiles(directory)) files.push(await openSafetensors(join(directory, name)));
    const shapes = parameterShapes(config);
    const sources = locateTensors(files, shapes, config);
    for (const [name, shape] of shapes) {
      const file = sources.get(name);
      if (file === undefined) throw missingTensor(directory, name, config);
      checkShape(file, name, shape);
      parameters[name] = tf.tensor(await file.read(name), [...shape], 'float32');
    }
    return new CausalLanguageModel(config, parameters);
  } catch (error) {
    tf.dispose(parameters);
    throw error;
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

/**
 * Reads the configuration of a model folder, with the special tokens of generation_config.json.
 *
 * @throws RlloomError kind `model` when a file is missing or not valid, as {@link loadModel}
 */
export async function loadModelConfig(directory: string): Promise<ModelConfig> {
  const where = join(directory, 'config.json');
  const json = await readJsonFile(directory, 'config.json');
  if (json === undefined) {
    throw new RlloomError('model', {
      what: 'the file is missing',
      where,
      fix: 'give the path of a Hugging Face model folder with config.json, *.safetensors and tokenizer.json',
    });
  }
  return withGenerationConfig(parseModelConfig(json, where), await readJsonFile(directory, 'generation_config.json'));
}

function locateTensors(
  files: readonly SafetensorsFile[],
  shapes: ReadonlyMap<string, readonly number[]>,
  config: ModelConfig,
): Map<string, SafetensorsFile> {
  const sources = new Map<string, SafetensorsFile>();
  for (const file of files) {
    for (const name of file.tensors.keys()) {
      if (shapes.has(name)) sources.set(name, file);
      else if (!isRedundant(name, config)) throw superfluousTensor(file, name, config);
    }
  }
  return sources;
}

// Old checkpoints carry the rotary frequencies, and a copy of tied embeddings.
function isRedundant(name: string, config: ModelConfig): boolean {
  return name.endsWith('.rotary_emb.inv_freq') || (config.tieWordEmbeddings && name === 'lm_head.weight');
}

function missingTensor(directory: string, name: string, config: ModelConfig): RlloomError {
  return new RlloomError('model', {
    what: `no weight file has the tensor ${name}, which a ${config.modelType} model of ${config.numHiddenLayers} layers needs`,
    where: directory,
    fix: 'check that config.json belongs to these weights and that all of their files are there',
  });
}

// Dropping it silently could drop what the model was trained with.
function superfluousTensor(file: SafetensorsFile, name: string, config: ModelConfig): RlloomError {
  return new RlloomError('model', {
    what: `a ${config.modelType} causal language model of ${config.numHiddenLayers} layers has no such tensor`,
    where: `${file.path}: ${name}`,
    fix: 'check that config.json belongs to these weights; adapters and value or reward heads are not read here',
  });
}

function checkShape(file: SafetensorsFile, name: string, shape: readonly number[]): void {
  const actual = file.tensors.get(name)?.shape ?? [];
  if (actual.length === shape.length && actual.every((length, i) => length === shape[i])) return;
  throw new RlloomError('model', {
    what: `the shape is [${actual.join(', ')}], config.json asks for [${shape.join(', ')}]`,
    where: `${file.path}: ${name}`,
    fix: 'check that config.json belongs to these weights',
  });
}
