import { join } from 'node:path';
import { RlloomError } from '@rlloom/spec';
import { CausalLanguageModel } from '../causal-language-model.ts';
import { withGenerationConfig } from '../config/generation-config.ts';
import type { ModelConfig } from '../config/model-config.ts';
import { parseModelConfig } from '../config/parse-model-config.ts';
import { parameterShapes } from '../decoder/parameter-shapes.ts';
import type { HubOptions } from '../hub/hub-options.ts';
import { resolveModelFolder } from '../hub/resolve-model-folder.ts';
import { readJsonFile } from './model-files.ts';
import { readParameters, type WantedParameters, withWeightFiles } from './read-parameters.ts';
import type { SafetensorsFile } from './safetensors-file.ts';

/** Options of {@link loadModel}. */
export interface LoadModelOptions extends HubOptions {
  /** Number type of the parameters in memory; default and only one: `float32`. */
  readonly dtype?: 'float32';
  /** Take NaN and infinite weights as they are, to look at a broken model. Default `false`: they are an error. */
  readonly allowNonFinite?: boolean;
}

/**
 * Reads a causal language model from a Hugging Face folder, or from the hub (`owner/name`, see `resolveModelFolder`):
 * config.json, generation_config.json, and weights in one safetensors file or several. F64, F16 and BF16 weights become
 * float32, piece by piece: loading takes little more memory than the float32 model.
 *
 * @returns a model the caller owns (`dispose`)
 * @throws RlloomError kind `model` naming file and tensor: a missing or truncated file, an unknown family or
 * option, a missing, superfluous or misshapen tensor, a number type or value that cannot be used; what
 * `resolveModelFolder` throws
 */
export async function loadModel(idOrPath: string, options: LoadModelOptions = {}): Promise<CausalLanguageModel> {
  const directory = await resolveModelFolder(idOrPath, options);
  const config = await loadModelConfig(directory);
  const { allowNonFinite = false } = options;
  const parameters = await withWeightFiles(directory, (files) =>
    readParameters(files, { ...parametersOf(config, { directory, files }), allowNonFinite }),
  );
  return new CausalLanguageModel(config, parameters);
}

/** The parameters of a causal language model as the weight files of a folder have them. */
export function parametersOf(
  config: ModelConfig,
  { directory, files }: { readonly directory: string; readonly files: readonly SafetensorsFile[] },
): WantedParameters & Required<Pick<WantedParameters, 'nameInFiles'>> {
  return {
    directory,
    shapes: parameterShapes(config),
    nameInFiles: (name) => nameInFiles(name, files),
    model: describeModel(config, 'causal language model'),
    isRedundant: (name) => isRedundant(name, config),
  };
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

/**
 * Whether a checkpoint may carry that tensor without a need: constants that old ones hold (rotary frequencies, masks,
 * positions), a copy of tied embeddings.
 */
export function isRedundant(name: string, config: ModelConfig): boolean {
  return (
    /(^|\.)(rotary_emb\.inv_freq|attn\.(masked_)?bias|position_ids)$/.test(name) ||
    (config.tieWordEmbeddings && name === 'lm_head.weight')
  );
}

// Some folders, gpt2 on the hub among them, were saved from the decoder alone: without the prefix of the full model.
function nameInFiles(name: string, files: readonly SafetensorsFile[]): string {
  const bare = name.replace(/^(model|transformer)\./, '');
  const has = (stored: string) => files.some(({ tensors }) => tensors.has(stored));
  return !has(name) && has(bare) ? bare : name;
}
