import type { ParameterTree, Program } from '@rlloom/tensor';
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

  /**
   * The parameters by their Hugging Face names, float32, matrices `[out, in]`. Owned by the model. Once there is a
   * program of graphs this is a copy of its variables, read when it is asked for and kept until one of them changes.
   */
  get parameters(): ParameterTree {
    return this.#parameters.tree;
  }

  /**
   * The program whose variables are the parameters, under their names; made when it is first asked for. What compiled
   * functions of it write, such as a train step, is what `parameters` and `generate` read next.
   */
  get program(): Program {
    return this.#parameters.program;
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

  /** Frees the parameters and the program. Calling it again does nothing. */
  dispose(): void {
    this.#parameters.dispose();
  }
}
