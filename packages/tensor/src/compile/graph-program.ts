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
}

/** A function compiled for inputs of one signature. */
interface CompiledEntry {
  readonly feeds: readonly string[];
  readonly fetches: readonly string[];
  readonly form: (tensors: readonly tf.Tensor[]) => TensorTree;
  readonly outputCount: number;
  readonly changes: boolean;
}

// Names are unique in a process: sessions of tfjs-node do not share variables, but their profiles lie side by side.
let programs = 0;

/** A program of TensorFlow graphs in one session. */
export function createGraphProgram(): Program {
  const variables = new Map<string, GraphVariable>();
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

  const assign = (values: ParameterTree): void => {
    const entries = Object.entries(values).map(([name, tensor]) => ({
      ...(variables.get(name) as GraphVariable),
      tensor,
    }));
    if (entries.length === 0) return;
    version++;
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
      changes: traced.updates.size > 0,
    };
  };

  return {
    kind: 'graph',
    get version() {
      return version;
    },
    get statistics() {
      return { compilations, tracingSeconds };
    },
    addVariables: (initial) => {
      checkNew(variables, initial);
      const added = Object.entries(initial).map(([name, tensor]) => {
        const variable = newVariable(`${own}/variable${counter++}`, tensor);
        return { name, ...variable };
      });
      extend(
        added.flatMap(({ nodes }) => nodes),
        [],
      );
      for (const { name, variable } of added) variables.set(name, variable);
      assign(initial);
    },
    removeVariables: (names) => {
      for (const name of names) {
        // A session has no way to forget one: its memory goes back when it holds a number.
        const variable = variables.get(name);
        if (variable === undefined) continue;
        variables.delete(name);
      }
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
        if (changes) version++;
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
  const [handle, value, assign, assigned, read] = ['handle', 'value', 'assign', 'assigned', 'read'].map(
    (part) => `${name}/${part}`,
  ) as [string, string, string, string, string];
  const done = { dtype: typeNumber('int32'), tensorShape: shapeProto([]), tensorContent: new Uint8Array(4) };
  return {
    variable: { ...spec, places: { read: `${read}:0`, value: `${value}:0`, assigned: `${assigned}:0` } },
    nodes: [
      variableHandle(handle, spec),
      { name: value, op: 'Placeholder', input: [], attr: { dtype: type, shape: { shape: shapeProto(shape) } } },
      { name: assign, op: 'AssignVariableOp', input: [handle, value], attr: { dtype: type } },
      {
        name: assigned,
        op: 'Const',
        input: [`^${assign}`],
        attr: { dtype: { type: typeNumber('int32') }, value: { tensor: done } },
      },
      { name: read, op: 'ReadVariableOp', input: [handle], attr: { dtype: type } },
    ],
  };
}
