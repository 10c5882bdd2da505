import type { CausalLanguageModel } from '@rlloom/models';
import type { TrainingBatch } from '@rlloom/spec';
import { disposeTree, type ParameterTree, tf } from '@rlloom/tensor';
import { type ForwardOptions, sequenceLogProbs } from './policy/sequence-log-probs.ts';

/** A frozen copy of a policy that the KL term is measured against. */
export interface ReferencePolicy {
  readonly parameters: ParameterTree;
  /** Log-probs of the trained tokens, one `[T]` per sequence. */
  logProbs(batch: TrainingBatch): Promise<Float32Array[]>;
  /** Takes the present weights of the model as the new reference. */
  refresh(): void;
  /** Takes given weights, e.g. from a checkpoint; owns them from now on. */
  replace(parameters: ParameterTree): void;
  /** Frees the copy of the weights; safe to call twice. */
  dispose(): void;
}

/** A reference with the model's weights as they are now. */
export function createReference(model: CausalLanguageModel, options: ForwardOptions): ReferencePolicy {
  let parameters = copyOf(model.parameters);
  const take = (next: ParameterTree): void => {
    disposeTree(parameters);
    parameters = next;
  };
  return {
    get parameters() {
      return parameters;
    },
    logProbs: async (batch) => (await sequenceLogProbs({ config: model.config, parameters }, batch, options)).logProbs,
    refresh: () => take(copyOf(model.parameters)),
    replace: take,
    dispose: () => disposeTree(parameters),
  };
}

function copyOf(parameters: ParameterTree): ParameterTree {
  return Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, tf.clone(tensor)]));
}
