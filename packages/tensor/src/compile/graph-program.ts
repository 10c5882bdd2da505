import type { ParameterTree } from '../parameter-tree.ts';
import { tf } from '../tf.ts';
import { emitFunction, variableHandle } from './graph/emit-function.ts';
import type { FunctionDef, NodeDef } from './graph/graph-proto.ts';
import { typeNumber } from './graph/data-types.ts';
import type { DefineOptions, Program, ProgramBody } from './program.ts';
import { checkFits, checkNew, type VariableSpec } from './program-variables.ts';
import type { ProgramSession, VariablePlaces } from './session/program-session.ts';
import { createSavedModelSession } from './session/saved-model-session.ts';
import { shapeProto } from './trace/attribute-value.ts';
import { type TensorTree, treeSignature, treeTensors } from './tensor-tree.ts';
import { traceFunction } from './trace/trace-function.ts';

interface GraphVariable extends VariableSpec {
  readonly sharedName: string;
  readonly places: VariablePlaces;
  /** Frees its memory. */
  readonly freed: string;
}

/** A function compiled for inputs of one signature. */
interface CompiledEntry {
  readonly feeds: readonly string[];
  readonly fetches: readonly string[];
  readonly form: (tensors: readonly tf.Tensor[]) => TensorTree;
  readonly outputCount: number;
  /** Variables that it changes. */
  readonly changes: readonly string[];
}

// Names are unique in a process: sessions of tfjs-node do not share variables, but their profiles lie side by side.
let programs = 0;

/** A program of TensorFlow graphs in one session. */
export function createGraphProgram(): Program {
  const variables = new Map<string, GraphVariable>();
  // Those that were removed: added again, they are the same to the functions that use them.
  const removed = new Map<string, GraphVariable>();
  const changedAt = new Map<string, number>();
  const own = `program${programs++}`;
  const session: ProgramSession = createSavedModelSession(() => [...variables.values()].map(({ places }) => places));
  let version = 0;
  let counter = 0;
  let compilations = 0;
  let tracingSeconds = 0;
  // One run after the other: a function sees what the one before it left.
  let queue: Promise<unknown> = Promise.resolve();

  const extend = (node: readonly NodeDef[], functions: readonly FunctionDef[]): void =>
    session.extend({ node, library: { function: functions }, versions: graphVersions });

  const change = (names: readonly string[]): void => {
    if (names.length > 0) version++;
    for (const name of names) changedAt.set(name, version);
  };

  const assign = (values: ParameterTree): void => {
    const entries = Object.entries(values).map(([name, tensor]) => ({
      ...(variables.get(name) as GraphVariable),
      tensor,
    }));
    if (entries.length === 0) return;
    change(Object.keys(values));
    const feeds = entries.map(({ places, tensor }) => ({ name: places.value, tensor }));
    tf.dispose(
      session.runNow(
        feeds,
        entries.map(({ places }) => places.assigned),
      ),
    );
  };

  const compileEntry = <Inputs extends TensorTree>(
    definition: {
      readonly name: string;
      readonly body: ProgramBody<Inputs, TensorTree>;
      readonly options: DefineOptions;
    },
    inputs: Inputs,
  ): CompiledEntry => {
    const start = performance.now();
    const { xla = false, products = 'float32' } = definition.options;
    const body = definition.body as ProgramBody<TensorTree, TensorTree>;
    const traced = traceFunction(body, { inputs, variables }, { xla, products });
    const name = `${own}/${definition.name}_${counter++}`;
    const emitted = emitFunction(traced, { name, variables, xla });
    extend(emitted.nodes, emitted.functions);
    compilations++;
    tracingSeconds += (performance.now() - start) / 1000;
    return {
      feeds: emitted.feeds,
      fetches: emitted.fetches,
      form: traced.form,
      outputCount: traced.outputs.length,
      changes: [...traced.updates.keys()],
    };
  };

  return {
    kind: 'graph',
    get version() {
      return version;
    },
    versionOf: (names) => names.reduce((last, name) => Math.max(last, changedAt.get(name) ?? 0), 0),
    get statistics() {
      return { compilations, tracingSeconds };
    },
    addVariables: (initial) => {
      checkNew(variables, initial);
      const added = Object.entries(initial).map(([name, tensor]) => {
        const before = removed.get(name);
        const isSame = before?.dtype === tensor.dtype && tf.util.arraysEqual([...before.shape], tensor.shape);
        const made = isSame ? { variable: before, nodes: [] } : newVariable(`${own}/variable${counter++}`, tensor);
        return { name, ...made };
      });
      const nodes = added.flatMap((variable) => variable.nodes);
      if (nodes.length > 0) extend(nodes, []);
      for (const { name, variable } of added) {
        variables.set(name, variable);
        removed.delete(name);
      }
      assign(initial);
    },
    removeVariables: (names) => {
      const gone = names.flatMap((name) => {
        const variable = variables.get(name);
        variables.delete(name);
        if (variable !== undefined) removed.set(name, variable);
        return variable ?? [];
      });
      if (gone.length === 0) return;
      tf.dispose(
        session.runNow(
          [],
          gone.map(({ freed }) => freed),
        ),
      );
    },
    define: (name, body, options = {}) => {
      const entries = new Map<string, CompiledEntry>();
      const run = async (inputs: TensorTree): Promise<TensorTree> => {
        const signature = treeSignature(inputs);
        let entry = entries.get(signature);
        if (entry === undefined) {
          entry = compileEntry({ name, body: body as unknown as ProgramBody<TensorTree, TensorTree>, options }, inputs);
          entries.set(signature, entry);
        }
        const { feeds, fetches, form, outputCount, changes } = entry;
        const tensors = treeTensors(inputs);
        change(changes);
        const outputs = await session.run(
          feeds.map((feed, i) => ({ name: feed, tensor: tensors[i] as tf.Tensor })),
          fetches,
        );
        tf.dispose(outputs.slice(outputCount));
        return form(outputs.slice(0, outputCount));
      };
      return (inputs) => {
        const result = queue.then(() => run(inputs));
        queue = result.catch(() => undefined);
        return result as never;
      };
    },
    read: (names = [...variables.keys()]) => {
      if (names.length === 0) return {};
      const places = names.map((name) => (variables.get(name) as GraphVariable).places.read);
      const tensors = session.runNow([], places);
      return Object.fromEntries(names.map((name, i) => [name, tensors[i] as tf.Tensor]));
    },
    write: (values) => {
      checkFits(variables, values);
      assign(values);
    },
    dispose: () => {
      session.close();
      variables.clear();
    },
  };
}

// Of the oldest TensorFlow that is supported, so that every newer one reads the graph.
const graphVersions = { producer: 1087, minConsumer: 12 };

/** A variable, with the operations that read it and give it a value. */
function newVariable(
  name: string,
  { shape, dtype }: tf.Tensor,
): { readonly variable: GraphVariable; readonly nodes: readonly NodeDef[] } {
  const type = { type: typeNumber(dtype) };
  const spec = { shape, dtype, sharedName: name };
  const parts = ['handle', 'value', 'assign', 'assigned', 'read', 'free', 'freed'].map((part) => `${name}/${part}`);
  const [handle, value, assign, assigned, read, free, freed] = parts as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const done = { dtype: typeNumber('int32'), tensorShape: shapeProto([]), tensorContent: new Uint8Array(4) };
  const doneAfter = (operation: string, name: string): NodeDef => ({
    name,
    op: 'Const',
    input: [`^${operation}`],
    attr: { dtype: { type: typeNumber('int32') }, value: { tensor: done } },
  });
  return {
    variable: {
      ...spec,
      places: { read: `${read}:0`, value: `${value}:0`, assigned: `${assigned}:0` },
      freed: `${freed}:0`,
    },
    nodes: [
      variableHandle(handle, spec),
      { name: value, op: 'Placeholder', input: [], attr: { dtype: type, shape: { shape: shapeProto(shape) } } },
      { name: assign, op: 'AssignVariableOp', input: [handle, value], attr: { dtype: type } },
      doneAfter(assign, assigned),
      { name: free, op: 'DestroyResourceOp', input: [handle], attr: { ignore_lookup_error: { b: true } } },
      doneAfter(free, freed),
      { name: read, op: 'ReadVariableOp', input: [handle], attr: { dtype: type } },
    ],
  };
}
