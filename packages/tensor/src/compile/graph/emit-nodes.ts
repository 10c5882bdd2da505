import { operationRules } from '../operations/operation-rules.ts';
import { type GraphNode, type InnerFunction, type NodeOutput, valueOf } from '../trace/graph-node.ts';
import { typeNumber, typeNumbers } from './data-types.ts';
import type { ArgDef, AttrValue, FunctionDef, NodeDef } from './graph-proto.ts';

/** What is written of a graph or function. */
export interface Emitted {
  readonly nodes: readonly NodeDef[];
  /** How other nodes refer to a result. */
  readonly reference: (output: NodeOutput) => string;
  /** How others wait for an operation. */
  readonly control: (node: GraphNode) => string;
}

/** Where nodes are written to. */
export interface EmitTarget {
  /** `graph`: results are `node:1`. `function`: results are `node:argument:1`. */
  readonly kind: 'graph' | 'function';
  /** Before every name. */
  readonly prefix: string;
  /** How operations `_Arg` are referred to. */
  readonly argument: (node: GraphNode) => string;
  /** Takes up the functions that nodes call. */
  readonly functions: FunctionDef[];
}

// Output arguments of operations that only compiled programs have.
const ownOutputs: Readonly<Record<string, readonly string[]>> = {
  StatelessWhile: ['output'],
  While: ['output'],
  ReadVariableOp: ['value'],
  AssignVariableOp: [],
  XlaOptimizationBarrier: ['output'],
};

/** Writes the operations that `results` and `effects` need, in an order in which inputs come first. */
export function emitNodes(
  target: EmitTarget,
  results: readonly NodeOutput[],
  effects: readonly GraphNode[] = [],
): Emitted {
  const needed = collect([...results.map(({ node }) => node), ...effects]);
  const name = (node: GraphNode): string => `${target.prefix}${node.op}_${node.id}`;
  const reference = (output: NodeOutput): string => {
    const { node, index } = output;
    if (node.op === '_Arg') return target.argument(node);
    if (target.kind === 'graph') return index === 0 ? name(node) : `${name(node)}:${index}`;
    const outputs = ownOutputs[node.op] ?? operationRules[node.op]?.outputs ?? [];
    // One output argument with several results is a list.
    return outputs.length === 1 ? `${name(node)}:${outputs[0]}:${index}` : `${name(node)}:${outputs[index]}:0`;
  };
  const control = (node: GraphNode): string => `^${name(node)}`;
  const nodes = needed
    .filter(({ op }) => op !== '_Arg')
    .map((node): NodeDef => {
      const called = Object.entries(node.functions ?? {}).map(([attribute, inner]): [string, AttrValue] => {
        const functionName = `${name(node)}_${attribute}`.replaceAll('/', '_');
        target.functions.push(innerFunction(functionName, inner, target.functions));
        return [attribute, { func: { name: functionName } }];
      });
      return {
        name: name(node),
        op: node.op,
        input: [...node.inputs.map(reference), ...node.controls.filter(({ op }) => op !== '_Arg').map(control)],
        attr: { ...node.attributes, ...Object.fromEntries(called) },
      };
    });
  return { nodes, reference, control };
}

/** A function such as the body of a loop. */
function innerFunction(name: string, { args, results }: InnerFunction, functions: FunctionDef[]): FunctionDef {
  const argument = (node: GraphNode): string => `in${args.indexOf(node)}`;
  const { nodes, reference } = emitNodes({ kind: 'function', prefix: 'n_', argument, functions }, results);
  return functionDef({
    name,
    args: args.map((node, i) => ({ name: `in${i}`, type: typeNumber(valueOf({ node, index: 0 }).dtype) })),
    results: results.map((output) => ({ type: typeNumber(valueOf(output).dtype), value: reference(output) })),
    nodes,
  });
}

/** A function of its arguments, results and operations. */
export function functionDef(parts: {
  readonly name: string;
  readonly args: readonly ArgDef[];
  readonly results: readonly { readonly type: number; readonly value: string }[];
  readonly nodes: readonly NodeDef[];
  readonly effects?: readonly string[];
  readonly attributes?: Readonly<Record<string, AttrValue>>;
}): FunctionDef {
  const { name, args, results, nodes, effects = [], attributes = {} } = parts;
  return {
    signature: {
      name,
      inputArg: args,
      outputArg: results.map(({ type }, i) => ({ name: `out${i}`, type })),
      controlOutput: effects.map((_, i) => `effect${i}`),
      isStateful: effects.length > 0 || args.some(({ type }) => type === typeNumbers.resource),
    },
    attr: attributes,
    nodeDef: nodes,
    ret: Object.fromEntries(results.map(({ value }, i) => [`out${i}`, value])),
    controlRet: Object.fromEntries(effects.map((effect, i) => [`effect${i}`, effect])),
  };
}

/** All operations that these need, inputs first. */
function collect(roots: readonly GraphNode[]): GraphNode[] {
  const found = new Set<GraphNode>();
  const pending = [...roots];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    pending.push(...node.inputs.map((input) => input.node), ...node.controls);
  }
  // An operation is recorded after its inputs.
  return [...found].sort((a, b) => a.id - b.id);
}
