import type { ParameterTree } from '@rlloom/tensor';
import type { ModelConfig } from './config/model-config.ts';
import { parameterShapes } from './decoder/parameter-shapes.ts';
import { modelParameters, OwnedParameters } from './owned-parameters.ts';

/**
 * A decoder's configuration and the parameters it owns. What it computes is in functions over both:
 * `forwardHidden`, `tokenLogProbs`, `generate`.
 */
export class CausalLanguageModel {
  readonly config: ModelConfig;
  readonly #parameters: OwnedParameters;

  /**
   * Takes over `parameters`: they are freed when they are replaced, or by `dispose`.
   *
   * @throws RlloomError kind `model` when names or shapes are not those of `config`
   */
  constructor(config: ModelConfig, parameters: ParameterTree) {
    this.config = config;
    this.#parameters = new OwnedParameters(modelParameters(parameterShapes(config), config), parameters);
  }

  /** The parameters by their Hugging Face names, float32, matrices `[out, in]`. Owned by the model. */
  get parameters(): ParameterTree {
    return this.#parameters.tree;
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

  /** Frees the parameters. Calling it again does nothing. */
  dispose(): void {
    this.#parameters.dispose();
  }
}
