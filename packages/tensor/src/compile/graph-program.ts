import { isRlloomError } from '@rlloom/spec';
import { compilingWithXla } from '../native/load-native-backend.ts';
import type { ParameterTree } from '../parameter-tree.ts';
import { tf } from '../tf.ts';
import { emitFunction } from './graph/emit-function.ts';
import { encodeGraph, type FunctionDef, type NodeDef } from './graph/graph-proto.ts';
import { type GraphVariable, newVariable, type VariablePlaces } from './graph/graph-variable.ts';
import type { DefineOptions, Program, ProgramBody } from './program.ts';
import { checkFits, checkNew, type VariableSpec } from './program-variables.ts';
import { runEagerly } from './run-eagerly.ts';
import type { GraphSession } from './session/graph-session.ts';
import { openNativeSession } from './session/native-session.ts';
import { openSavedModelSession } from './session/saved-model-session.ts';
import { type TensorTree, treeSignature, treeTensors } from './tensor-tree.ts';
import { valueOf } from './trace/graph-node.ts';
import { traceFunction } from './trace/trace-function.ts';

type Body = ProgramBody<TensorTree, TensorTree>;

interface Definition {
  readonly name: string;
  readonly body: Body;
  readonly options: DefineOptions;
}

/** A function compiled for inputs of one signature. */
interface CompiledEntry {
  readonly feeds: readonly string[];
  readonly fetches: readonly string[];
  readonly form: (tensors: readonly tf.Tensor[]) => TensorTree;
  readonly outputCount: number;
  /** Variables that it changes. */
  readonly changes: readonly string[];
  readonly xla: boolean;
  /** Whether it has run: what runs once runs again. */
  hasRun: boolean;
}

/** Opens the session of a program; `variables` are those that have a value now. */
export type OpenSession = (variables: () => readonly VariablePlaces[]) => GraphSession;

const openSession: OpenSession = (variables) =>
  openNativeSession({ growGpuMemory: true, keepsGraph: true }) ?? openSavedModelSession(variables);

// Of the oldest TensorFlow that is supported, so that every newer one reads the graph.
const graphVersions = { producer: 1087, minConsumer: 12 };

// Names differ between the programs of a process, so that their profiles can be told apart.
let programs = 0;

/** A program of TensorFlow graphs in one session. */
export function createGraphProgram(open: OpenSession = openSession): Program {
  const own = `program${programs++}`;
  const variables = new Map<string, GraphVariable>();
  // Those that were removed: added again, they are the same to the functions that use them.
  const removed = new Map<string, GraphVariable>();
  const changedAt = new Map<string, number>();
  // Those that have been given a value; what is only declared has no memory to read.
  const filled = new Set<string>();
  const session = open(() => placesOf([...filled]));
  const statistics = { compilations: 0, tracingSeconds: 0 };
  let version = 0;
  let counter = 0;
  // One run after the other: a function sees what the one before it left.
  let queue: Promise<unknown> = Promise.resolve();

  const extend = (node: readonly NodeDef[], functions: readonly FunctionDef[]): void =>
    session.extend(encodeGraph({ node, library: { function: functions }, versions: graphVersions }));

  const placesOf = (names: readonly string[]): VariablePlaces[] =>
    names.map((name) => (variables.get(name) as GraphVariable).places);

  const change = (names: readonly string[]): void => {
    if (names.length > 0) version++;
    for (const name of names) {
      changedAt.set(name, version);
      filled.add(name);
    }
  };

  const read = (names: readonly string[]): Record<string, tf.Tensor> => {
    if (names.length === 0) return {};
    const tensors = session.runNow(
      [],
      placesOf(names).map((place) => place.read),
    );
    return Object.fromEntries(names.map((name, i) => [name, tensors[i] as tf.Tensor]));
  };

  const assign = (values: ParameterTree): void => {
    const names = Object.keys(values);
    if (names.length === 0) return;
    change(names);
    const places = placesOf(names);
    const feeds = places.map(({ value }, i) => ({ name: value, tensor: values[names[i] as string] as tf.Tensor }));
    tf.dispose(
      session.runNow(
        feeds,
        places.map(({ assigned }) => assigned),
      ),
    );
  };

  const declare = (specs: Readonly<Record<string, VariableSpec>>): void => {
    checkNew(variables, specs);
    const added = Object.entries(specs).map(([name, spec]) => {
      const before = removed.get(name);
      const isSame = before?.dtype === spec.dtype && tf.util.arraysEqual([...before.shape], [...spec.shape]);
      const made = isSame ? { variable: before, nodes: [] } : newVariable(`${own}/variable${counter++}`, spec);
      return { name, ...made };
    });
    const nodes = added.flatMap((variable) => variable.nodes);
    if (nodes.length > 0) extend(nodes, []);
    for (const { name, variable } of added) {
      variables.set(name, variable);
      removed.delete(name);
    }
  };

  const compile = ({ name, body, options }: Definition, inputs: TensorTree): CompiledEntry | 'eager' => {
    const start = performance.now();
    const { xla = false, products = 'float32' } = options;
    const traced = traceFunction(body, { inputs, variables }, { xla, products });
    const crossing = [...treeTensors(inputs), ...traced.outputs.map(valueOf)];
    // Texts and complex numbers stay on this side.
    if (!crossing.every(({ dtype }) => session.carries(dtype))) return 'eager';
    const { nodes, functions, feeds, fetches } = emitFunction(traced, {
      name: `${own}/${name}_${counter++}`,
      variables,
      xla,
    });
    extend(nodes, functions);
    statistics.compilations++;
    statistics.tracingSeconds += (performance.now() - start) / 1000;
    const changes = [...traced.updates.keys()];
    return { feeds, fetches, form: traced.form, outputCount: traced.outputs.length, changes, xla, hasRun: false };
  };

  const runCompiled = async (entry: CompiledEntry, inputs: TensorTree): Promise<TensorTree> => {
    const { feeds, fetches, form, outputCount, changes } = entry;
    const tensors = treeTensors(inputs);
    const fed = feeds.map((name, i) => ({ name, tensor: tensors[i] as tf.Tensor }));
    const runs = () => session.run(fed, fetches);
    const outputs = await (entry.xla && !entry.hasRun ? compilingWithXla(runs) : runs());
    change(changes);
    entry.hasRun = true;
    tf.dispose(outputs.slice(outputCount));
    return form(outputs.slice(0, outputCount));
  };

  const runWithoutGraph = ({ body }: Definition, inputs: TensorTree): TensorTree => {
    const empty = [...variables].filter(([name]) => !filled.has(name));
    const current = {
      ...read([...filled]),
      ...Object.fromEntries(empty.map(([name, { shape, dtype }]) => [name, tf.zeros([...shape], dtype)])),
    };
    const { outputs, updates } = runEagerly(() => body(current, inputs), variables);
    tf.dispose(current);
    assign(updates);
    tf.dispose(updates);
    return outputs;
  };

  const call = async (
    definition: Definition,
    entries: Map<string, CompiledEntry | 'eager'>,
    inputs: TensorTree,
  ): Promise<TensorTree> => {
    const signature = treeSignature(inputs);
    const entry = entries.get(signature) ?? compile(definition, inputs);
    entries.set(signature, entry);
    if (entry === 'eager') return runWithoutGraph(definition, inputs);
    try {
      return await runCompiled(entry, inputs);
    } catch (error) {
      if (entry.hasRun || !isOutOfMemory(error)) throw error;
      entries.set(signature, 'eager');
      warnOfMemory(definition.name, error);
      return runWithoutGraph(definition, inputs);
    }
  };

  return {
    kind: 'graph',
    statistics,
    get version() {
      return version;
    },
    versionOf: (names) => names.reduce((last, name) => Math.max(last, changedAt.get(name) ?? 0), 0),
    addVariables: (initial) => {
      declare(initial);
      assign(initial);
    },
    initializeVariables: (initial) => {
      declare(specsOf(initial, variables));
      const body: Body = (current) => ({ outputs: {}, updates: initial(current) });
      const entry = compile({ name: 'initialize', body, options: {} }, {});
      if (entry === 'eager') return;
      tf.dispose(session.runNow([], entry.fetches));
      change(entry.changes);
    },
    declareVariables: declare,
    removeVariables: (names) => {
      const gone = names.filter((name) => variables.has(name));
      if (gone.length === 0) return;
      const places = placesOf(gone);
      for (const name of gone) {
        removed.set(name, variables.get(name) as GraphVariable);
        variables.delete(name);
        filled.delete(name);
      }
      tf.dispose(
        session.runNow(
          [],
          places.map(({ freed }) => freed),
        ),
      );
    },
    define: (name, body, options = {}) => {
      const definition = { name, body: body as unknown as Body, options };
      const entries = new Map<string, CompiledEntry | 'eager'>();
      return (inputs) => {
        const result = queue.then(() => call(definition, entries, inputs));
        queue = result.catch(() => undefined);
        return result as never;
      };
    },
    read: (names = [...filled]) => read(names),
    write: (values) => {
      checkFits(variables, values);
      assign(values);
    },
    dispose: () => {
      variables.clear();
      filled.clear();
      void session.close();
    },
  };
}

/** Shapes and types of what a function of variables returns. */
function specsOf(
  compute: (variables: ParameterTree) => ParameterTree,
  variables: ReadonlyMap<string, VariableSpec>,
): Record<string, VariableSpec> {
  let names: readonly string[] = [];
  const body: Body = (current) => {
    const outputs = compute(current);
    names = Object.keys(outputs);
    return { outputs };
  };
  const { outputs } = traceFunction(body, { inputs: {}, variables }, { xla: false, products: 'float32' });
  return Object.fromEntries(
    outputs.map((output, i) => {
      const { shape, dtype } = valueOf(output);
      return [names[i] as string, { shape, dtype }];
    }),
  );
}

function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = (isRlloomError(error) ? (error.cause as NodeJS.ErrnoException | undefined) : undefined) ?? {};
  return code === 'RESOURCE_EXHAUSTED' || /RESOURCE_EXHAUSTED|OOM when allocating|std::bad_alloc/.test(error.message);
}

function warnOfMemory(name: string, error: unknown): void {
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  process.emitWarning(
    `"${name}" ran out of memory as a graph (${first}); it goes on operation by operation, which is slower and needs less`,
    { code: 'RLLOOM_GRAPH_MEMORY' },
  );
}
