import { CausalLanguageModel } from '@rlloom/models';
import type { TrainingBatch } from '@rlloom/spec';
import { cloneTree, type ParameterTree } from '@rlloom/tensor';
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

/** A reference with the model's weights as they are now. It computes as `sequenceLogProbs` does. */
export function createReference(model: CausalLanguageModel, options: ForwardOptions): ReferencePolicy {
  const frozen = new CausalLanguageModel(model.config, cloneTree(model.parameters));
  return {
    get parameters() {
      return frozen.parameters;
    },
    logProbs: async (batch) => (await sequenceLogProbs(frozen, batch, options)).logProbs,
    refresh: () => frozen.setParameters(cloneTree(model.parameters)),
    replace: (parameters) => frozen.setParameters(parameters),
    dispose: () => frozen.dispose(),
  };
}
