import type { ParameterTree } from '@rlloom/tensor';
import { modelParameters, OwnedParameters } from '../owned-parameters.ts';
import type { VisionLanguageConfig } from './vision-config.ts';
import { visionLanguageParameterShapes } from './vision-parameter-shapes.ts';

/** A configuration and the parameters that belong to it: a model, or parameters in training. */
export interface VisionLanguageWeights {
  readonly config: VisionLanguageConfig;
  readonly parameters: ParameterTree;
}

/**
 * A model of text and images and the parameters it owns. What it computes is in functions over both: `visionLogits`,
 * `visionHidden`, `generateWithImages`.
 */
export class VisionLanguageModel implements VisionLanguageWeights {
  readonly config: VisionLanguageConfig;
  readonly #parameters: OwnedParameters;

  /**
   * Takes over `parameters`; `dispose` frees them.
   *
   * @throws RlloomError kind `model` when names or shapes are not those of `config`
   */
  constructor(config: VisionLanguageConfig, parameters: ParameterTree) {
    this.config = config;
    const expected = modelParameters(visionLanguageParameterShapes(config), config.text);
    this.#parameters = new OwnedParameters(expected, parameters);
  }

  /** The parameters by their Hugging Face names. Owned by the model. */
  get parameters(): ParameterTree {
    return this.#parameters.tree;
  }

  /** Number of trainable numbers. */
  get parameterCount(): number {
    return this.#parameters.count;
  }

  /** Frees the parameters. Calling it again does nothing. */
  dispose(): void {
    this.#parameters.dispose();
  }
}
