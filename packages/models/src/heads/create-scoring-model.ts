import { RlloomError } from '@rlloom/spec';
import { tf } from '@rlloom/tensor';
import type { ModelWeights } from '../adapters/adapt-parameters.ts';
import { initialValues } from '../create-model.ts';
import { type ScoreHead, scoringShapes } from './score-head.ts';
import { ScoringModel } from './scoring-model.ts';

/** Options of {@link createScoringModel}. */
export interface CreateScoringModelOptions {
  readonly kind: ScoreHead['kind'];
  /** Numbers the head gives each time. Default 1. */
  readonly labels?: number;
  /** Default: true for values, false for rewards, as in transformers. TRL's always has one. */
  readonly bias?: boolean;
  /** Default `transformers`. */
  readonly layout?: ScoreHead['layout'];
  /** Of the new head. */
  readonly seed: number;
}

/**
 * A scoring model on the decoder of another model: the head is new, its weight from normal(0, `initializerRange`), its
 * bias 0. Tensors of the decoder are shared until one of the two models replaces them, so this costs no memory.
 *
 * @returns a model the caller owns (`dispose`); the other stays its owner's
 * @throws RlloomError kind `config` for a TRL head that is not a value head with one label and a bias
 */
export function createScoringModel(model: ModelWeights, options: CreateScoringModelOptions): ScoringModel {
  const { config } = model;
  const { kind, labels = 1, layout = 'transformers', bias = kind === 'value', seed } = options;
  const head: ScoreHead = { kind, labels, bias, layout };
  if (layout === 'trl' && (kind !== 'value' || labels !== 1 || !bias)) {
    throw new RlloomError('config', {
      what: 'a head in the layout of TRL is a value head with one label and a bias',
      fix: "take layout 'transformers' for other heads",
    });
  }
  const parameters: Record<string, tf.Tensor> = {};
  for (const [name, shape] of scoringShapes(config, head)) {
    const own = name.startsWith('score.') ? undefined : model.parameters[name];
    parameters[name] =
      own?.clone() ?? tf.tensor(initialValues(name, shape, { seed, deviation: config.initializerRange }), [...shape]);
  }
  return new ScoringModel(config, head, parameters);
}
