import type { ParameterTree } from '@rlloom/tensor';
import type { ModelConfig } from '../config/model-config.ts';
import { modelParameters, OwnedParameters } from '../owned-parameters.ts';
import { type ScoreHead, scoringShapes } from './score-head.ts';

/**
 * A decoder with a value or reward head: a critic, a process or outcome reward model. What it computes is in functions
 * over its configuration and parameters: `tokenScores`, `tokenValues`, `sequenceScores`.
 */
export class ScoringModel {
  readonly config: ModelConfig;
  readonly head: ScoreHead;
  readonly #parameters: OwnedParameters;

  /**
   * Takes over `parameters`: they are freed when they are replaced, or by `dispose`.
   *
   * @throws RlloomError kind `model` when names or shapes are not those of `config` and `head`
   */
  constructor(config: ModelConfig, head: ScoreHead, parameters: ParameterTree) {
    this.config = config;
    this.head = head;
    this.#parameters = new OwnedParameters(modelParameters(scoringShapes(config, head), config), parameters);
  }

  /** The decoder's parameters by their Hugging Face names, and `score.weight`, `score.bias`. Owned by the model. */
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
