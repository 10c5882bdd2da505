import { type ParameterTree, tf } from '@rlloom/tensor';
import { inOrder } from '../causal-language-model.ts';
import type { ModelConfig } from '../config/model-config.ts';
import { type ScoreHead, scoringShapes } from './score-head.ts';

/**
 * A decoder with a value or reward head: a critic, a process or outcome reward model. What it computes is in functions
 * over its configuration and parameters: `tokenScores`, `tokenValues`, `sequenceScores`.
 */
export class ScoringModel {
  readonly config: ModelConfig;
  readonly head: ScoreHead;
  #parameters: ParameterTree;

  /**
   * Takes over `parameters`: they are freed when they are replaced, or by `dispose`.
   *
   * @throws RlloomError kind `model` when names or shapes are not those of `config` and `head`
   */
  constructor(config: ModelConfig, head: ScoreHead, parameters: ParameterTree) {
    this.config = config;
    this.head = head;
    this.#parameters = inOrder(scoringShapes(config, head), parameters, config);
    for (const tensor of Object.values(this.#parameters)) tf.keep(tensor);
  }

  /** The decoder's parameters by their Hugging Face names, and `score.weight`, `score.bias`. Owned by the model. */
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
    this.#parameters = inOrder(scoringShapes(this.config, this.head), next, this.config);
    const kept = new Set(Object.values(this.#parameters));
    for (const tensor of kept) tf.keep(tensor);
    for (const tensor of Object.values(previous)) if (!kept.has(tensor)) tensor.dispose();
  }

  /** Frees the parameters. Calling it again does nothing. */
  dispose(): void {
    tf.dispose(this.#parameters);
  }
}
