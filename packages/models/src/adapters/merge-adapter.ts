import { type ParameterTree, tensorOf, tf } from '@rlloom/tensor';
import { CausalLanguageModel } from '../causal-language-model.ts';
import type { ModelConfig } from '../config/model-config.ts';
import { changedWeight } from '../decoder/project.ts';
import { rowNorms } from '../decoder/row-norms.ts';
import { adaptParameters, type ModelWeights } from './adapt-parameters.ts';
import type { LoraAdapter } from './lora-adapter.ts';

/**
 * A model that is the given one with the adapter's change in its weights: `W + s·B·A`, with DoRA
 * `m / ‖W + s·B·A‖ · (W + s·B·A)`. Its logits are those with the adapter up to rounding, without the adapter's cost.
 * Unchanged parameters share memory with the given model, which stays.
 *
 * @returns a model the caller owns (`dispose`)
 */
export function mergeAdapter(model: ModelWeights, adapter: LoraAdapter): CausalLanguageModel {
  const adapted = adaptParameters(model.parameters, adapter);
  const changed = new Set(adapter.modules.map(({ path }) => `${path}.weight`));
  const merged = Object.fromEntries(
    Object.keys(model.parameters).map((name) => [
      name,
      changed.has(name)
        ? mergedWeight(model.config, adapted, name.slice(0, -'.weight'.length))
        : tensorOf(adapted, name).clone(),
    ]),
  );
  return new CausalLanguageModel(model.config, merged);
}

/** The weight of the matrix at `path` with the adapter's change, from the parameters of a model with its adapter. */
export function mergedWeight({ storesInputFirst }: ModelConfig, parameters: ParameterTree, path: string): tf.Tensor {
  return tf.tidy(() => {
    const weight = changedWeight(tensorOf(parameters, `${path}.weight`) as tf.Tensor2D, {
      down: tensorOf(parameters, `${path}.lora_A.weight`) as tf.Tensor2D,
      up: tensorOf(parameters, `${path}.lora_B.weight`) as tf.Tensor2D,
      scaling: tensorOf(parameters, `${path}.lora_scaling`) as tf.Scalar,
      storesInputFirst,
    });
    const magnitude = parameters[`${path}.lora_magnitude_vector`];
    if (magnitude === undefined) return weight;
    const factors = tf.div(magnitude, rowNorms(weight, storesInputFirst));
    return tf.mul(weight, storesInputFirst ? factors : tf.reshape(factors, [weight.shape[0], 1]));
  });
}
