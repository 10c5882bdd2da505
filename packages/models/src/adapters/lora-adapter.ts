import { type ParameterTree, tf } from '@rlloom/tensor';
import type { ModelConfig } from '../config/model-config.ts';
import { type AdaptedModule, adapterShapes } from './adapter-shapes.ts';
import { OwnedParameters } from '../owned-parameters.ts';
import type { LoraConfig } from './lora-config.ts';

/**
 * A low-rank adapter of a model: its configuration and the tensors it owns. The model stays as it is; `adaptParameters`
 * puts the two together for a forward pass, `mergeAdapter` for good.
 */
export class LoraAdapter {
  readonly config: LoraConfig;
  /** The matrices it changes. */
  readonly modules: readonly AdaptedModule[];
  readonly #scalings: ParameterTree;
  readonly #parameters: OwnedParameters;

  /**
   * Takes over `parameters`: they are freed when they are replaced, or by `dispose`.
   *
   * @param model the configuration of the model it changes
   * @throws RlloomError kind `model` when it does not fit the model, or names or shapes are not those of `config`
   */
  constructor(model: ModelConfig, config: LoraConfig, parameters: ParameterTree) {
    this.config = config;
    const { modules, tensors } = adapterShapes(model, config);
    this.modules = modules;
    this.#parameters = new OwnedParameters({ ...misfit, shapes: tensors }, parameters);
    this.#scalings = Object.fromEntries(
      this.modules.map(({ path, scaling }) => [`${path}.lora_scaling`, tf.scalar(scaling)]),
    );
    for (const tensor of Object.values(this.#scalings)) tf.keep(tensor);
  }

  /**
   * Everything that trains, by PEFT's names without `base_model.model.`: `model.layers.0.self_attn.q_proj.lora_A.weight`.
   * Owned by the adapter.
   */
  get parameters(): ParameterTree {
    return this.#parameters.tree;
  }

  /** Constants of a forward pass: `<path>.lora_scaling`, `[]` each. Owned by the adapter. */
  get scalings(): ParameterTree {
    return this.#scalings;
  }

  /** The names of the parameters, in their order. */
  get parameterNames(): readonly string[] {
    return this.#parameters.names;
  }

  /** Number of trainable numbers. */
  get parameterCount(): number {
    return this.#parameters.count;
  }

  /**
   * Takes over new parameters and frees those they replace. A tensor in both stays.
   *
   * @throws RlloomError kind `model` when names or shapes differ; then nothing has changed
   */
  setParameters(next: ParameterTree): void {
    this.#parameters.replace(next);
  }

  /** Frees the tensors. Calling it again does nothing. */
  dispose(): void {
    this.#parameters.dispose();
    tf.dispose(this.#scalings);
  }
}

const misfit = {
  extra: 'the adapter does not fit: its configuration has no such tensor',
  missing: 'the adapter does not fit: the tensor is missing',
  shape: 'the adapter does not fit: the shape is',
  needs: 'expected',
  fix: 'check that adapter_config.json belongs to these weights, and both to this model',
} as const;
