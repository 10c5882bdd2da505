import type { ParameterTree } from '../parameter-tree.ts';
import { tf } from '../tf.ts';
import type { BodyResult, Program } from './program.ts';
import { checkFits, checkNew } from './program-variables.ts';
import type { TensorTree } from './tensor-tree.ts';
import { treeTensors, withTensors } from './tensor-tree.ts';

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
  const run = <Outputs extends TensorTree>(body: () => BodyResult<Outputs>): Outputs => {
    // Outputs and updates leave the scope as clones, so that neither is a variable or an input itself.
    const kept = tf.tidy(() => {
      const { outputs, updates = {} } = body();
      checkFits(variables, updates);
      const own = treeTensors(outputs).map((tensor) => tf.keep(tensor.clone()));
      const next = Object.fromEntries(Object.entries(updates).map(([name, value]) => [name, tf.keep(value.clone())]));
      return { outputs: withTensors(outputs, own), next } as never;
    }) as { readonly outputs: Outputs; readonly next: Record<string, tf.Tensor> };
    replace(kept.next);
    tf.dispose(kept.next);
    return kept.outputs;
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
    removeVariables: (names) => {
      for (const name of names) {
        variables.get(name)?.dispose();
        variables.delete(name);
      }
    },
    define: (_name, body) => async (inputs) => run(() => body(Object.fromEntries(variables), inputs)),
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
