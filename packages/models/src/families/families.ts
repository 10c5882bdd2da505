import { RlloomError } from '@rlloom/spec';
import type { ModelType } from '../config/model-config.ts';
import type { ModelFamily } from './family.ts';
import { gemma2 } from './gemma2.ts';
import { gemma3 } from './gemma3.ts';
import { gpt2 } from './gpt2.ts';
import { llama } from './llama.ts';
import { mistral } from './mistral.ts';
import { phi3 } from './phi3.ts';
import { qwen2 } from './qwen2.ts';
import { qwen3 } from './qwen3.ts';
import { qwen3Moe } from './qwen3-moe.ts';

/** The families by the `model_type` of their config.json. */
export const families: Readonly<Record<ModelType, ModelFamily>> = {
  qwen2,
  qwen3,
  qwen3_moe: qwen3Moe,
  llama,
  mistral,
  phi3,
  gemma2,
  gemma3_text: gemma3,
  gpt2,
};

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
export function isModelType(modelType: unknown): modelType is ModelType {
  return typeof modelType === 'string' && Object.hasOwn(families, modelType);
}
