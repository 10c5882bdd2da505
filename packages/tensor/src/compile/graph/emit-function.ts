import type { TracedFunction } from '../trace/trace-function.ts';
import { shapeProto } from '../trace/attribute-value.ts';
import { type GraphNode, type NodeOutput, valueOf } from '../trace/graph-node.ts';
import { typeNumber, typeNumbers } from './data-types.ts';
import { emitNodes, functionDef } from './emit-nodes.ts';
import { doneNode } from './done-node.ts';
import type { FunctionDef, NodeDef } from './graph-proto.ts';
import { type GraphVariable, variableHandle } from './graph-variable.ts';

/** A function in a graph, and how a session runs it. */
export interface EmittedFunction {
  readonly nodes: readonly NodeDef[];
  readonly functions: readonly FunctionDef[];
  /** Where each input is fed. */
  readonly feeds: readonly string[];
  /** Where each output is fetched; if there are none, one that says that the work is done. */
  readonly fetches: readonly string[];
}

/** Where and how a recorded function is written. */
export interface EmitFunctionOptions {
  /** Of the function in the graph; unique. */
  readonly name: string;
  readonly variables: ReadonlyMap<string, GraphVariable>;
  readonly xla: boolean;
}

/**
 * Writes a recorded function into a graph: placeholders for its inputs, handles of the variables it uses, its operations
 * (in a function of their own where XLA compiles them), assignments that wait for all reads, and its outputs.
 */
export function emitFunction(traced: TracedFunction, options: EmitFunctionOptions): EmittedFunction {
  const { name, variables, xla } = options;
  const prefix = `${name}/`;
  const feeds = traced.inputs.map((_, i) => `${prefix}in${i}`);
  const placeholders = traced.inputs.map((node, i): NodeDef => {
    const { shape, dtype } = valueOf({ node, index: 0 });
    const attr = { dtype: { type: typeNumber(dtype) }, shape: { shape: shapeProto(shape) } };
    return { name: feeds[i] as string, op: 'Placeholder', input: [], attr };
  });
  const used = usedVariables(traced);
  const handles = used.map((variable, i) =>
    variableHandle(`${prefix}variable${i}`, variables.get(variable) as GraphVariable),
  );
  const write = xla ? writeCompiled : writeInline;
  const { nodes, functions, outputs } = write(traced, { name, feeds, used, handles });
  return {
    nodes: [...placeholders, ...handles, ...nodes],
    functions,
    feeds: feeds.map((feed) => `${feed}:0`),
    fetches: outputs.map((output) => `${output}:0`),
  };
}

interface Surroundings {
  readonly name: string;
  readonly feeds: readonly string[];
  readonly used: readonly string[];
  readonly handles: readonly NodeDef[];
}

interface Written {
  readonly nodes: readonly NodeDef[];
  readonly functions: readonly FunctionDef[];
  /** Names of nodes to fetch. */
  readonly outputs: readonly string[];
}

/** The operations as part of the graph itself. */
function writeInline(traced: TracedFunction, { name, feeds, used, handles }: Surroundings): Written {
  const functions: FunctionDef[] = [];
  const prefix = `${name}/`;
  const argument = (node: GraphNode): string => argumentName(node, traced, { feeds, used, handles });
  const assignments = assignmentsOf(traced);
  const emitted = emitNodes({ kind: 'graph', prefix, argument, functions }, traced.outputs, assignments);
  const done = assignments.map((node) => emitted.control(node));
  const outputs = traced.outputs.map((output, i): NodeDef => {
    const attr = { T: { type: typeNumber(valueOf(output).dtype) } };
    return { name: `${prefix}out${i}`, op: 'Identity', input: [emitted.reference(output), ...done], attr };
  });
  const ends = outputs.length > 0 ? outputs : [doneNode(`${prefix}done`, done)];
  return { nodes: [...emitted.nodes, ...ends], functions, outputs: ends.map((end) => end.name) };
}

/** The operations as a function that XLA compiles as a whole, and a call of it. */
function writeCompiled(traced: TracedFunction, { name, feeds, used, handles }: Surroundings): Written {
  const functions: FunctionDef[] = [];
  const callName = `${name}/call`;
  const functionName = `${name}_compiled`.replaceAll('/', '_');
  const inputNames = traced.inputs.map((_, i) => `in${i}`);
  const handleNames = used.map((_, i) => `variable${i}`);
  const argument = (node: GraphNode): string =>
    argumentName(node, traced, { feeds: inputNames, used, handles: handleNames.map((handle) => ({ name: handle })) });
  const assignments = assignmentsOf(traced);
  const emitted = emitNodes({ kind: 'function', prefix: 'n_', argument, functions }, traced.outputs, assignments);
  const inputTypes = traced.inputs.map((node) => typeNumber(valueOf({ node, index: 0 }).dtype));
  const outputTypes = traced.outputs.map((output) => typeNumber(valueOf(output).dtype));
  const compiled = functionDef({
    name: functionName,
    args: [
      ...inputNames.map((arg, i) => ({ name: arg, type: inputTypes[i] as number })),
      ...handleNames.map((arg) => ({ name: arg, type: typeNumbers.resource })),
    ],
    results: traced.outputs.map((output, i) => ({ type: outputTypes[i] as number, value: emitted.reference(output) })),
    nodes: emitted.nodes,
    effects: assignments.map((node) => emitted.control(node).slice(1)),
    attributes: { _XlaMustCompile: { b: true }, _noinline: { b: true } },
  });
  const call: NodeDef = {
    name: callName,
    op: 'StatefulPartitionedCall',
    input: [...feeds, ...handles.map((handle) => handle.name)],
    attr: {
      Tin: { list: { type: [...inputTypes, ...handles.map(() => typeNumbers.resource)] } },
      Tout: { list: { type: outputTypes } },
      f: { func: { name: functionName } },
      _XlaMustCompile: { b: true },
    },
  };
  const outputs = outputTypes.map(
    (type, i): NodeDef => ({
      name: `${name}/out${i}`,
      op: 'Identity',
      input: [i === 0 ? callName : `${callName}:${i}`],
      attr: { T: { type } },
    }),
  );
  const ends = outputs.length > 0 ? outputs : [doneNode(`${name}/done`, [`^${callName}`])];
  return { nodes: [call, ...ends], functions: [...functions, compiled], outputs: ends.map((end) => end.name) };
}

/** Variables that a function reads or changes. */
function usedVariables(traced: TracedFunction): string[] {
  const read = readVariables(traced);
  return [...traced.reads.keys()].filter((name) => read.has(name) || traced.updates.has(name));
}

/** Variables whose value a function needs. */
function readVariables(traced: TracedFunction): ReadonlySet<string> {
  const needed = new Set<GraphNode>();
  const pending = [...traced.outputs, ...traced.updates.values()].map(({ node }) => node);
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (needed.has(node)) continue;
    needed.add(node);
    pending.push(...node.inputs.map((input) => input.node));
  }
  return new Set([...traced.reads].filter(([, { value }]) => needed.has(value.node)).map(([name]) => name));
}

/** An assignment per changed variable. All wait until every variable that is changed and read has been read. */
function assignmentsOf(traced: TracedFunction): GraphNode[] {
  const reads = [...readVariables(traced)]
    .filter((name) => traced.updates.has(name))
    .map((name) => traced.reads.get(name)?.value.node as GraphNode);
  return [...traced.updates].map(([name, value]) => {
    const handle: NodeOutput = { node: traced.reads.get(name)?.handle as GraphNode, index: 0 };
    const { dtype } = valueOf(value);
    return value.node.scope.add({
      op: 'AssignVariableOp',
      inputs: [handle, value],
      attributes: { dtype: { type: typeNumber(dtype) } },
      outputs: [],
      controls: reads,
    });
  });
}

function argumentName(
  node: GraphNode,
  traced: TracedFunction,
  names: {
    readonly feeds: readonly string[];
    readonly used: readonly string[];
    readonly handles: readonly { readonly name: string }[];
  },
): string {
  const input = traced.inputs.indexOf(node);
  if (input !== -1) return names.feeds[input] as string;
  const place = names.used.findIndex((name) => traced.reads.get(name)?.handle === node);
  return names.handles[place]?.name as string;
}
