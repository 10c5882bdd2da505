import { typeNumber } from '../graph/data-types.ts';
import { shapeProto } from './attribute-value.ts';
import type { TracedValue } from '../operations/operation-rule.ts';
import { type TensorTree, treeTensors, withTensors } from '../tensor-tree.ts';
import { checkState, type WhileLoop } from '../while-loop.ts';
import { type GraphNode, type NodeOutput, valueOf } from './graph-node.ts';
import { Scope } from './scope.ts';
import type { Trace } from './trace.ts';

/**
 * Records a loop as one operation. Its condition and body are functions of the state and of what they read from outside,
 * which goes along unchanged.
 */
export function recordLoop<State extends TensorTree>(trace: Trace, loop: WhileLoop<State>): State {
  const tensors = treeTensors(loop.state);
  const initial = tensors.map((tensor) => trace.outputOf(tensor));
  const outer = trace.scopeOf(initial);
  // The loop belongs where its deepest input is, or where the code runs: its functions may read more.
  const home = trace.scope.depth > outer.depth ? trace.scope : outer;
  const functions = { cond: newFunction(home), body: newFunction(home) };
  const both = Object.values(functions);
  for (const output of initial) for (const { args, scope } of both) args.push(argument(scope, valueOf(output)));
  const stateCount = initial.length;
  const carried: NodeOutput[] = [];
  const byKey = new Map<string, number>();
  for (const { args, captures } of both) {
    captures.read = (outside) => {
      const own = home.local(outside);
      const key = `${own.node.id}:${own.index}`;
      const place = byKey.get(key) ?? carried.push(own) - 1;
      if (!byKey.has(key)) {
        byKey.set(key, place);
        for (const each of both) each.args.push(argument(each.scope, valueOf(own)));
      }
      return { node: args[stateCount + place] as GraphNode, index: 0 };
    };
  }
  const run = (which: 'cond' | 'body', f: (state: State) => TensorTree): NodeOutput[] => {
    const { scope, args } = functions[which];
    return trace.inScope(scope, () => {
      const state = args.slice(0, stateCount).map((node) => trace.tensor({ node, index: 0 }));
      return treeTensors(f(withTensors(loop.state, state))).map((tensor) => scope.local(trace.outputOf(tensor)));
    });
  };
  const condition = run('cond', loop.condition);
  const results = run('body', (state) => checkState(loop.state, loop.body(state)));
  const values = [...initial, ...carried].map(valueOf);
  const node = home.add({
    op: 'StatelessWhile',
    inputs: [...initial, ...carried],
    attributes: {
      T: { list: { type: values.map(({ dtype }) => typeNumber(dtype)) } },
      output_shapes: { list: { shape: values.map(({ shape }) => shapeProto(shape)) } },
      parallel_iterations: { i: 10 },
      // As switches in the graph itself rather than calls of functions; XLA takes only the calls.
      ...(trace.options.xla ? {} : { _lower_using_switch_merge: { b: true } }),
    },
    outputs: values.map(({ shape, dtype }) => ({ shape, dtype })),
    functions: {
      cond: { args: functions.cond.args, results: condition },
      body: {
        args: functions.body.args,
        results: [...results, ...functions.body.args.slice(stateCount).map((arg) => ({ node: arg, index: 0 }))],
      },
    },
  });
  return withTensors(
    loop.state,
    tensors.map((_, index) => trace.tensor({ node, index })),
  );
}

interface NewFunction {
  readonly scope: Scope;
  readonly args: GraphNode[];
  readonly captures: { read: (outside: NodeOutput) => NodeOutput };
}

function newFunction(home: Scope): NewFunction {
  const captures: NewFunction['captures'] = {
    read: () => {
      throw new Error('a loop reads before it has begun');
    },
  };
  return { scope: new Scope({ depth: home.depth, capture: (outer) => captures.read(outer) }), args: [], captures };
}

function argument(scope: Scope, { shape, dtype }: TracedValue): GraphNode {
  return scope.add({ op: '_Arg', outputs: [{ shape, dtype }] });
}
