import { createAdapter, loadAdapter, type LoraAdapter, type LoraConfig, type ModelWeights } from '@rlloom/models';
import { deriveSeed, RlloomError } from '@rlloom/spec';
import type { RunConfig } from '../run-config.ts';
import type { WeightFolders } from './find-weights.ts';

/**
 * The adapter of a run: that of a folder, or for training a new one as `model.adapter` says.
 *
 * @throws RlloomError `config` for modules that the model does not have; what `loadAdapter` throws
 */
export async function openAdapter(
  config: RunConfig,
  model: ModelWeights,
  { adapterFolder, baseModel, isTrained }: Omit<WeightFolders, 'modelFolder'> & { readonly isTrained: boolean },
): Promise<LoraAdapter | undefined> {
  if (adapterFolder !== undefined) return loadAdapter(model, adapterFolder);
  const options = config.model.adapter;
  if (options === null || !isTrained) return undefined;
  const { type, rank, alpha, targetModules, excludeModules, modulesToSave, layers } = options;
  return createAdapter(model, {
    rank,
    ...(alpha !== null && { alpha }),
    useRslora: type === 'rslora',
    useDora: type === 'dora',
    targetModules,
    ...(excludeModules !== null && { excludeModules }),
    modulesToSave,
    ...(layers !== null && { layers }),
    baseModel,
    seed: deriveSeed(config.exp.seed, 'adapter'),
  });
}

/** Why an adapter cannot be brought to an engine without its model; `undefined` when it can. */
export function whyNotAlone(
  engine: string,
  config: Pick<LoraConfig, 'useDora' | 'modulesToSave' | 'rankPattern' | 'alphaPattern'>,
): string | undefined {
  if (config.useDora) return 'it is DoRA';
  if (config.modulesToSave.length > 0)
    return `it has modules that are stored whole: ${config.modulesToSave.join(', ')}`;
  const patterns = Object.keys({ ...config.rankPattern, ...config.alphaPattern });
  // In a GGUF file they are part of the numbers.
  if (engine !== 'llama_cpp' && patterns.length > 0) return `it has ranks or alphas by pattern: ${patterns.join(', ')}`;
  return undefined;
}

/** The refusal of an adapter that cannot be brought to an engine without its model. */
export function cannotSendAlone(engine: string, why: string): RlloomError {
  return new RlloomError('config', {
    what: `the ${engine} engine cannot be given the adapter alone: ${why}`,
    where: 'rollout.engine.weight_update',
    fix: 'set it to "full": the model with the adapter merged is sent',
  });
}
