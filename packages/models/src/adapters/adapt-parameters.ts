import type { ParameterTree } from '@rlloom/tensor';
import type { ModelConfig } from '../config/model-config.ts';
import type { LoraAdapter } from './lora-adapter.ts';

/** What a forward pass reads of a model: how it is built, and its parameters. */
export interface ModelWeights {
  readonly config: ModelConfig;
  readonly parameters: ParameterTree;
}

/**
 * The parameters of a model with an adapter beside them, as `forwardHidden`, `tokenLogProbs` and `generate` take them:
 * a changed matrix acts as `x·Wᵀ + s·(x·Aᵀ)·Bᵀ`, and `W + s·B·A` is never made. No tensor is copied.
 *
 * @param base the model's parameters
 * @param adapter the adapter
 * @param trained tensors to take instead of the adapter's own, e.g. those a gradient is taken for
 */
export function adaptParameters(
  base: ParameterTree,
  adapter: LoraAdapter,
  trained: ParameterTree = adapter.parameters,
): ParameterTree {
  return { ...base, ...adapter.scalings, ...trained };
}

/** The model with the adapter at work, always with the present tensors of both. Nothing is owned by it. */
export function withAdapter(model: ModelWeights, adapter: LoraAdapter): ModelWeights {
  return {
    config: model.config,
    get parameters() {
      return adaptParameters(model.parameters, adapter);
    },
  };
}
