import { type ParameterTree, tf } from '@rlloom/tensor';
import { inOrder } from '../causal-language-model.ts';
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
  readonly parameters: ParameterTree;

  /**
   * Takes over `parameters`; `dispose` frees them.
   *
   * @throws RlloomError kind `model` when names or shapes are not those of `config`
   */
  constructor(config: VisionLanguageConfig, parameters: ParameterTree) {
    this.config = config;
    this.parameters = inOrder(visionLanguageParameterShapes(config), parameters, config.text);
    for (const tensor of Object.values(this.parameters)) tf.keep(tensor);
  }

  /** Number of trainable numbers. */
  get parameterCount(): number {
    return Object.values(this.parameters).reduce((sum, tensor) => sum + tensor.size, 0);
  }

  /** Frees the parameters. Calling it again does nothing. */
  dispose(): void {
    tf.dispose(this.parameters);
  }
}
