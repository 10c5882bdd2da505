import { RlloomError } from '@rlloom/spec';
import { type ParameterTree, tf } from '@rlloom/tensor';
import type { ModelConfig } from './config/model-config.ts';
import { parameterShapes } from './decoder/parameter-shapes.ts';

/**
 * A decoder's configuration and the parameters it owns. What it computes is in functions over both:
 * `forwardHidden`, `tokenLogProbs`, `generate`.
 */
export class CausalLanguageModel {
  readonly config: ModelConfig;
  #parameters: ParameterTree;

  /**
   * Takes over `parameters`: they are freed when they are replaced, or by `dispose`.
   *
   * @throws RlloomError kind `model` when names or shapes are not those of `config`
   */
  constructor(config: ModelConfig, parameters: ParameterTree) {
    this.config = config;
    this.#parameters = inOrder(parameterShapes(config), parameters, config);
    for (const tensor of Object.values(this.#parameters)) tf.keep(tensor);
  }

  /** The parameters by their Hugging Face names, float32, matrices `[out, in]`. Owned by the model. */
  get parameters(): ParameterTree {
    return this.#parameters;
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
    this.#parameters = inOrder(parameterShapes(this.config), next, this.config);
    const kept = new Set(Object.values(this.#parameters));
    for (const tensor of kept) tf.keep(tensor);
    for (const tensor of Object.values(previous)) if (!kept.has(tensor)) tensor.dispose();
  }

  /** Frees the parameters. Calling it again does nothing. */
  dispose(): void {
    tf.dispose(this.#parameters);
  }
}

/**
 * The parameters in the order of `shapes`.
 *
 * @throws RlloomError kind `model` when names or shapes differ
 */
export function inOrder(
  shapes: ReadonlyMap<string, readonly number[]>,
  parameters: ParameterTree,
  config: ModelConfig,
): ParameterTree {
  const extra = Object.keys(parameters).find((name) => !shapes.has(name));
  if (extra !== undefined) throw mismatch(extra, `a ${config.modelType} model of this shape has no such parameter`);
  return Object.fromEntries(
    [...shapes].map(([name, shape]) => {
      const tensor = parameters[name];
      if (tensor === undefined) throw mismatch(name, 'the parameter is missing');
      if (!tf.util.arraysEqual(tensor.shape, [...shape])) {
        throw mismatch(name, `the shape is [${tensor.shape.join(', ')}], the model needs [${shape.join(', ')}]`);
      }
      return [name, tensor];
    }),
  );
}

function mismatch(name: string, what: string): RlloomError {
  return new RlloomError('model', { what, where: name, fix: 'take parameters of a model with the same configuration' });
}
