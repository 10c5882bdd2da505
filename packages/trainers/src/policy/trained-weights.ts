import { adaptParameters, type CausalLanguageModel, type LoraAdapter, type ModelWeights } from '@rlloom/models';
import { RlloomError } from '@rlloom/spec';
import type { ParameterTree } from '@rlloom/tensor';
import { pickNames } from './tree-names.ts';

/** The part of a policy's weights that an optimizer moves, and how the rest completes it. */
export interface TrainedWeights {
  /** Names of what trains. */
  readonly names: readonly string[];
  /** What trains, as it is now. */
  readonly parameters: ParameterTree;
  /** The weights of a forward pass with the present parameters. */
  readonly weights: ModelWeights;
  /** The weights of a forward pass with these in place of what trains: what a gradient is taken through. */
  complete(trained: ParameterTree): ModelWeights;
  /** Takes over new tensors for what trains. */
  replace(trained: ParameterTree): void;
  /** Whether the output layer is among what trains. */
  readonly trainsOutput: boolean;
}

/** Where the trained weights are. */
export interface TrainedWeightsOptions {
  readonly model: CausalLanguageModel;
  readonly adapter?: LoraAdapter | undefined;
  readonly trains?: ((name: string) => boolean) | undefined;
}

/**
 * The trained weights of a model, or of an adapter on a frozen model, as far as `trains` lets them.
 *
 * @throws RlloomError kind `config` when nothing would train, or for an adapter with dropout
 */
export function trainedWeights({ model, adapter, trains = () => true }: TrainedWeightsOptions): TrainedWeights {
  const owner = adapter ?? model;
  const names = owner.parameterNames.filter(trains);
  if (names.length === 0) {
    throw new RlloomError('config', {
      what: `none of the ${owner.parameterNames.length} parameters is to be trained`,
      fix: 'let `trains` say yes to some of their names',
    });
  }
  if (adapter !== undefined && adapter.config.dropout > 0) {
    throw new RlloomError('config', {
      what: `the adapter asks for dropout ${adapter.config.dropout}, which is not implemented`,
      where: 'adapter_config.json: lora_dropout',
      fix: 'set it to 0 to train on without dropout',
    });
  }
  const complete = (trained: ParameterTree): ModelWeights => ({
    config: model.config,
    parameters:
      adapter === undefined
        ? { ...model.parameters, ...trained }
        : adaptParameters(model.parameters, adapter, { ...adapter.parameters, ...trained }),
  });
  const output = model.config.tieWordEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight';
  return {
    names,
    get parameters() {
      return pickNames(owner.parameters, names);
    },
    get weights() {
      return complete({});
    },
    complete,
    replace: (trained) => owner.setParameters({ ...owner.parameters, ...trained }),
    trainsOutput: names.includes(output),
  };
}
