import { join } from 'node:path';
import { RlloomError } from '@rlloom/spec';
import { isRedundant } from '../checkpoint/load-model.ts';
import { readJsonFile } from '../checkpoint/model-files.ts';
import { readParameters, withWeightFiles } from '../checkpoint/read-parameters.ts';
import { withGenerationConfig } from '../config/generation-config.ts';
import { parseVisionLanguageConfig, type VisionLanguageConfig } from './vision-config.ts';
import { VisionLanguageModel } from './vision-language-model.ts';
import { visionLanguageParameterShapes } from './vision-parameter-shapes.ts';

/**
 * Reads a Qwen2.5-VL model from a Hugging Face folder: config.json, generation_config.json, and weights in one
 * safetensors file or several, with the tensor names of hub checkpoints (`visual.…`, `model.layers.…`) or those of
 * transformers' classes (`model.visual.…`, `model.language_model.…`). BF16 and F16 weights become float32.
 *
 * @returns a model the caller owns (`dispose`)
 * @throws RlloomError kind `model` naming file and tensor, as `loadModel`
 */
export async function loadVisionLanguageModel(directory: string): Promise<VisionLanguageModel> {
  const config = await loadVisionLanguageConfig(directory);
  const parameters = await withWeightFiles(directory, (files) => {
    const isNested = files.some(({ tensors }) => [...tensors.keys()].some((name) => name.startsWith('model.visual.')));
    return readParameters(files, {
      directory,
      shapes: visionLanguageParameterShapes(config),
      model: `${config.modelType} model of ${config.vision.numHiddenLayers} + ${config.text.numHiddenLayers} layers`,
      isRedundant: (name) => isRedundant(name, config.text),
      ...(isNested && { nameInFiles: nestedName }),
    });
  });
  return new VisionLanguageModel(config, parameters);
}

/**
 * Reads the configuration of a model folder, with the special tokens of generation_config.json.
 *
 * @throws RlloomError kind `model` when a file is missing or not valid, or it is no Qwen2.5-VL model
 */
export async function loadVisionLanguageConfig(directory: string): Promise<VisionLanguageConfig> {
  const json = await readJsonFile(directory, 'config.json');
  const where = join(directory, 'config.json');
  if (json === undefined) {
    throw new RlloomError('model', {
      what: 'the file is missing',
      where,
      fix: 'give the path of a Hugging Face model folder with config.json and *.safetensors',
    });
  }
  const config = parseVisionLanguageConfig(json, where);
  return {
    ...config,
    text: withGenerationConfig(config.text, await readJsonFile(directory, 'generation_config.json')),
  };
}

function nestedName(name: string): string {
  if (name.startsWith('visual.')) return `model.${name}`;
  return name.replace(/^model\./, 'model.language_model.');
}
