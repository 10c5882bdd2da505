import { RlloomError } from '@rlloom/spec';
import type { ModelConfig } from '../config/model-config.ts';
import type { ModelFamily } from './family.ts';
import { qwen2 } from './qwen2.ts';

/** The families by the `model_type` of their config.json. */
export const families: Readonly<Record<ModelConfig['modelType'], ModelFamily>> = { qwen2 };

/**
 * The family of that `model_type`.
 *
 * @throws RlloomError kind `model` when there is none
 */
export function familyOf(modelType: string, where: string): ModelFamily {
  if (isModelType(modelType)) return families[modelType];
  throw new RlloomError('model', {
    what: `model_type "${modelType}" is not supported`,
    where,
    fix: `choose a model of one of these families: ${Object.keys(families).join(', ')}`,
  });
}

/** Whether a `model_type` names a family the decoder implements. */
export function isModelType(modelType: unknown): modelType is ModelConfig['modelType'] {
  return typeof modelType === 'string' && Object.hasOwn(families, modelType);
}
