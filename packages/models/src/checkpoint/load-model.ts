import { join } from 'node:path';
import { RlloomError } from '@rlloom/spec';
import { CausalLanguageModel } from '../causal-language-model.ts';
import { withGenerationConfig } from '../config/generation-config.ts';
import type { ModelConfig } from '../config/model-config.ts';
import { parseModelConfig } from '../config/parse-model-config.ts';
import { parameterShapes } from '../decoder/parameter-shapes.ts';
import { readJsonFile } from './model-files.ts';
import { readParameters, withWeightFiles } from './read-parameters.ts';

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
  const parameters = await withWeightFiles(directory, (files) =>
    readParameters(files, {
      directory,
      shapes: parameterShapes(config),
      model: describeModel(config, 'causal language model'),
      isRedundant: (name) => isRedundant(name, config),
    }),
  );
  return new CausalLanguageModel(config, parameters);
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

/** The model as errors name it: `qwen2 causal language model of 24 layers`. */
export function describeModel(config: ModelConfig, kind: string): string {
  return `${config.modelType} ${kind} of ${config.numHiddenLayers} layers`;
}

/** Whether a checkpoint may carry that tensor without a need: rotary frequencies of old ones, a copy of tied embeddings. */
export function isRedundant(name: string, config: ModelConfig): boolean {
  return name.endsWith('.rotary_emb.inv_freq') || (config.tieWordEmbeddings && name === 'lm_head.weight');
}
