import { CausalLanguageModel, LoraAdapter } from '@rlloom/models';
import { RlloomError, type TrainingBatch } from '@rlloom/spec';
import { cloneTree, type ParameterTree } from '@rlloom/tensor';
import { type ForwardOptions, sequenceLogProbs } from './policy/sequence-log-probs.ts';

/** A frozen copy of a policy that the KL term is measured against. */
export interface ReferencePolicy {
  /** Of its own: empty where it is a model that nobody changes. */
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

/**
 * A reference that is the model under an adapter, without a copy of its weights.
 *
 * @throws RlloomError `config` from `refresh` and `replace`: nothing but an adapter is trained, and it has none
 */
export function createBaseReference(model: CausalLanguageModel, options: ForwardOptions): ReferencePolicy {
  const refuse = (): never => {
    throw new RlloomError('config', {
      what: 'the reference is the model without the adapter and cannot become another',
      where: 'model.adapter.reference',
      fix: 'set it to "start"',
    });
  };
  return {
    parameters: {},
    logProbs: async (batch) => (await sequenceLogProbs(model, batch, options)).logProbs,
    refresh: refuse,
    replace: refuse,
    dispose: () => undefined,
  };
}

/** A reference with the model's own weights and a copy of its adapter as it is now. */
export function createAdapterReference(
  model: CausalLanguageModel,
  adapter: LoraAdapter,
  options: ForwardOptions,
): ReferencePolicy {
  const frozen = new LoraAdapter(model.config, adapter.config, cloneTree(adapter.parameters));
  return {
    get parameters() {
      return frozen.parameters;
    },
    logProbs: async (batch) => (await sequenceLogProbs(model, batch, { ...options, adapter: frozen })).logProbs,
    refresh: () => frozen.setParameters(cloneTree(adapter.parameters)),
    replace: (parameters) => frozen.setParameters(parameters),
    dispose: () => frozen.dispose(),
  };
}
