import type { CausalLanguageModel, LoraAdapter, ModelWeights } from '@rlloom/models';
import { type GradientTransform, type ParameterTree, type tf, type TransformState } from '@rlloom/tensor';
import { pickNames, prefixed, unprefixed } from './tree-names.ts';

/** What of a policy is in variables of its model's program. */
export interface PolicyVariables {
  /** What trains, by its own names, among variables that are given to a function. */
  trained(variables: ParameterTree): ParameterTree;
  /** The weights of a forward pass, with these in place of what trains. */
  weights(variables: ParameterTree, trained?: ParameterTree): ModelWeights;
  gradients(variables: ParameterTree): ParameterTree;
  optimizer(variables: ParameterTree): ParameterTree;
  /** New values of variables, by the names that functions update. */
  updates(values: Partial<Record<'trained' | 'gradients' | 'optimizer', ParameterTree>>): ParameterTree;
  /** Takes over what others did to the adapter. */
  takeAdapter(): void;
  /** Hands the adapter its trained values. */
  giveAdapter(): void;
  /** Makes place for gradients; they have no value yet. */
  addGradients(): void;
  removeGradients(): void;
  /** A copy of the optimizer's tensors; the caller owns it. */
  readOptimizer(): Record<string, tf.Tensor>;
  /** Numbers that the optimizer starts with. */
  readonly scalars: TransformState['scalars'];
  /** Frees all variables that are not the model's own. */
  dispose(): void;
}

// Variables of two policies over one model have names of their own.
let policies = 0;

/**
 * Adds the variables of a policy to its model's program: the state of the optimizer, gradients for as long as there are
 * some, and those of an adapter. An adapter's own tensors stay what others read.
 *
 * @param names of what trains: of the adapter if there is one, else of the model
 */
export function addPolicyVariables(
  { model, adapter }: { readonly model: CausalLanguageModel; readonly adapter: LoraAdapter | undefined },
  names: readonly string[],
  optimizer: GradientTransform,
): PolicyVariables {
  const { program, config } = model;
  const own = `policy${policies++}`;
  const spaces = { adapter: `${own}/adapter/`, gradients: `${own}/gradient/`, optimizer: `${own}/optimizer/` };
  const home = adapter === undefined ? '' : spaces.adapter;
  const trainedNames = names.map((name) => home + name);

  let copied = adapter?.parameters;
  const ofAdapter =
    adapter === undefined ? {} : prefixed(spaces.adapter, { ...adapter.scalings, ...adapter.parameters });
  program.addVariables(ofAdapter);
  const trained = (variables: ParameterTree): ParameterTree => unprefixed(home, pickNames(variables, trainedNames));
  let scalars: TransformState['scalars'] = {};
  let ofOptimizer: readonly string[] = [];
  let ofGradients: Record<string, { readonly shape: readonly number[]; readonly dtype: 'float32' }> = {};
  program.initializeVariables((variables) => {
    const parameters = trained(variables);
    const state = optimizer.init(parameters);
    const tensors = prefixed(spaces.optimizer, state.tensors);
    ({ scalars } = state);
    ofOptimizer = Object.keys(tensors);
    ofGradients = Object.fromEntries(
      Object.entries(parameters).map(([name, { shape }]) => [spaces.gradients + name, { shape, dtype: 'float32' }]),
    );
    return tensors;
  });
  const removeGradients = (): void => program.removeVariables(Object.keys(ofGradients));

  return {
    scalars,
    trained,
    weights: (variables, changed = {}) => ({
      config,
      parameters: { ...variables, ...unprefixed(spaces.adapter, variables), ...changed },
    }),
    gradients: (variables) => unprefixed(spaces.gradients, variables),
    optimizer: (variables) => unprefixed(spaces.optimizer, variables),
    updates: ({ trained: ofTrained = {}, gradients = {}, optimizer: ofState = {} }) => ({
      ...prefixed(home, ofTrained),
      ...prefixed(spaces.gradients, gradients),
      ...prefixed(spaces.optimizer, ofState),
    }),
    takeAdapter() {
      if (adapter === undefined || adapter.parameters === copied) return;
      copied = adapter.parameters;
      program.write(prefixed(spaces.adapter, copied));
    },
    giveAdapter() {
      if (adapter === undefined) return;
      adapter.setParameters({ ...adapter.parameters, ...unprefixed(home, program.read(trainedNames)) });
      copied = adapter.parameters;
    },
    addGradients: () => program.declareVariables(ofGradients),
    removeGradients,
    readOptimizer: () => unprefixed(spaces.optimizer, program.read(ofOptimizer)),
    dispose() {
      removeGradients();
      program.removeVariables([...ofOptimizer, ...Object.keys(ofAdapter)]);
    },
  };
}
