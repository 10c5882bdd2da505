import { RlloomError } from '@rlloom/spec';
import { type ParameterTree, tf } from '@rlloom/tensor';
import type { ModelConfig } from '../config/model-config.ts';
import { type AdaptedModule, type AdapterShapes, adapterShapes } from './adapter-shapes.ts';
import type { LoraConfig } from './lora-config.ts';

/**
 * A low-rank adapter of a model: its configuration and the tensors it owns. The model stays as it is; `adaptParameters`
 * puts the two together for a forward pass, `mergeAdapter` for good.
 */
export class LoraAdapter {
  readonly config: LoraConfig;
  /** The matrices it changes. */
  readonly modules: readonly AdaptedModule[];
  readonly #shapes: AdapterShapes;
  readonly #scalings: ParameterTree;
  #parameters: ParameterTree;

  /**
   * Takes over `parameters`: they are freed when they are replaced, or by `dispose`.
   *
   * @param model the configuration of the model it changes
   * @throws RlloomError kind `model` when it does not fit the model, or names or shapes are not those of `config`
   */
  constructor(model: ModelConfig, config: LoraConfig, parameters: ParameterTree) {
    this.config = config;
    this.#shapes = adapterShapes(model, config);
    this.modules = this.#shapes.modules;
    this.#parameters = inOrder(this.#shapes, parameters);
    this.#scalings = Object.fromEntries(
      this.modules.map(({ path, scaling }) => [`${path}.lora_scaling`, tf.scalar(scaling)]),
    );
    for (const tensor of Object.values({ ...this.#parameters, ...this.#scalings })) tf.keep(tensor);
  }

  /**
   * Everything that trains, by PEFT's names without `base_model.model.`: `model.layers.0.self_attn.q_proj.lora_A.weight`.
   * Owned by the adapter.
   */
  get parameters(): ParameterTree {
    return this.#parameters;
  }

  /** Constants of a forward pass: `<path>.lora_scaling`, `[]` each. Owned by the adapter. */
  get scalings(): ParameterTree {
    return this.#scalings;
  }

  /** Number of trainable numbers. */
  get parameterCount(): number {
    return Object.values(this.#parameters).reduce((sum, tensor) => sum + tensor.size, 0);
  }

  /**
   * Takes over new parameters and frees those they replace. A tensor in both stays.
   *
   * @throws RlloomError kind `model` when names or shapes differ; then nothing has changed
   */
  setParameters(next: ParameterTree): void {
    const previous = this.#parameters;
    this.#parameters = inOrder(this.#shapes, next);
    const kept = new Set(Object.values(this.#parameters));
    for (const tensor of kept) tf.keep(tensor);
    for (const tensor of Object.values(previous)) if (!kept.has(tensor)) tensor.dispose();
  }

  /** Frees the tensors. Calling it again does nothing. */
  dispose(): void {
    tf.dispose([this.#parameters, this.#scalings]);
  }
}

function inOrder({ tensors }: AdapterShapes, parameters: ParameterTree): ParameterTree {
  const extra = Object.keys(parameters).find((name) => !tensors.has(name));
  if (extra !== undefined) throw mismatch(extra, 'its configuration has no such tensor');
  return Object.fromEntries(
    [...tensors].map(([name, shape]) => {
      const tensor = parameters[name];
      if (tensor === undefined) throw mismatch(name, 'the tensor is missing');
      if (!tf.util.arraysEqual(tensor.shape, [...shape])) {
        throw mismatch(name, `the shape is [${tensor.shape.join(', ')}], expected [${shape.join(', ')}]`);
      }
      return [name, tensor];
    }),
  );
}

function mismatch(name: string, what: string): RlloomError {
  return new RlloomError('model', {
    what: `the adapter does not fit: ${what}`,
    where: name,
    fix: 'check that adapter_config.json belongs to these weights, and both to this model',
  });
}
