import type { ParameterTree } from '../parameter-tree.ts';
import { cloneTree } from '../trees/clone-tree.ts';
import { tf } from '../tf.ts';
import type { Program } from './program.ts';
import { checkFits, checkNew } from './program-variables.ts';
import { runEagerly } from './run-eagerly.ts';
import { treeTensors } from './tensor-tree.ts';

/** A program that runs its functions operation by operation on the active backend. */
export function createEagerProgram(): Program {
  const variables = new Map<string, tf.Tensor>();
  const changedAt = new Map<string, number>();
  let version = 0;
  const replace = (values: ParameterTree): void => {
    if (Object.keys(values).length > 0) version++;
    for (const [name, value] of Object.entries(values)) {
      changedAt.set(name, version);
      const kept = tf.keep(value.clone());
      variables.get(name)?.dispose();
      variables.set(name, kept);
    }
  };
  return {
    kind: 'eager',
    get version() {
      return version;
    },
    versionOf: (names) => names.reduce((last, name) => Math.max(last, changedAt.get(name) ?? 0), 0),
    statistics: { compilations: 0, tracingSeconds: 0 },
    addVariables: (initial) => {
      checkNew(variables, initial);
      replace(initial);
    },
    initializeVariables: (compute) => {
      const initial = tf.tidy(() => cloneTree(compute(Object.fromEntries(variables))));
      checkNew(variables, initial);
      replace(initial);
      tf.dispose(initial);
    },
    declareVariables: (specs) => {
      checkNew(variables, specs);
      const zeros = Object.fromEntries(
        Object.entries(specs).map(([name, { shape, dtype }]) => [name, tf.zeros([...shape], dtype)]),
      );
      replace(zeros);
      tf.dispose(zeros);
    },
    removeVariables: (names) => {
      for (const name of names) {
        variables.get(name)?.dispose();
        variables.delete(name);
      }
    },
    define: (_name, body) => async (inputs) => {
      // Fails for what is no tensor, as it does where inputs are fed to a graph.
      treeTensors(inputs);
      const { outputs, updates } = runEagerly(() => body(Object.fromEntries(variables), inputs), variables);
      replace(updates);
      tf.dispose(updates);
      return outputs;
    },
    read: (names = [...variables.keys()]) =>
      Object.fromEntries(names.map((name) => [name, (variables.get(name) as tf.Tensor).clone()])),
    write: (values) => {
      checkFits(variables, values);
      replace(values);
    },
    dispose: () => {
      for (const tensor of variables.values()) tensor.dispose();
      variables.clear();
    },
  };
}
