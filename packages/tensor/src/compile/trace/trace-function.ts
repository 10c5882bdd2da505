import { isRlloomError } from '@rlloom/spec';
import { tf } from '../../tf.ts';
import { checkedResult } from '../checked-result.ts';
import type { BodyResult, ProgramBody } from '../program.ts';
import { checkFits, type VariableSpec } from '../program-variables.ts';
import { type TensorTree, treeTensors, withTensors } from '../tensor-tree.ts';
import { typeNumber } from '../graph/data-types.ts';
import { compileError } from './compile-error.ts';
import { forbidSideEffects } from './forbid-side-effects.ts';
import type { GraphNode, NodeOutput } from './graph-node.ts';
import { Trace, type TraceOptions } from './trace.ts';
import { runTraced } from './trace-backend.ts';
import { userLine } from './user-line.ts';

/** A recorded function. */
export interface TracedFunction {
  /** An operation `_Arg` for each input tensor. */
  readonly inputs: readonly GraphNode[];
  /** For each variable an operation `_Arg` of its handle, and the one that reads it. */
  readonly reads: ReadonlyMap<string, { readonly handle: GraphNode; readonly value: NodeOutput }>;
  readonly outputs: readonly NodeOutput[];
  /** The new values of variables. */
  readonly updates: ReadonlyMap<string, NodeOutput>;
  /** Puts tensors in the form of what the function returned. */
  readonly form: (tensors: readonly tf.Tensor[]) => TensorTree;
}

/**
 * Runs a function once, with tensors that have no numbers, and records what it does.
 *
 * @param inputs of the shapes and types to record for
 * @throws RlloomError kind `backend` for what cannot be recorded: names the operation and the line
 */
export function traceFunction(
  body: ProgramBody<TensorTree, TensorTree>,
  { inputs, variables }: { readonly inputs: TensorTree; readonly variables: ReadonlyMap<string, VariableSpec> },
  options: TraceOptions,
): TracedFunction {
  const trace = new Trace(options);
  const { scope } = trace;
  const args = treeTensors(inputs).map(({ shape, dtype }) => scope.add({ op: '_Arg', outputs: [{ shape, dtype }] }));
  const reads = new Map(
    [...variables].map(([name, spec]) => {
      const handle = scope.add({ op: '_Arg', outputs: [{ shape: [], dtype: 'string' }] });
      const node = scope.add({
        op: 'ReadVariableOp',
        inputs: [{ node: handle, index: 0 }],
        attributes: { dtype: { type: typeNumber(spec.dtype) } },
        outputs: [spec],
      });
      return [name, { handle, value: { node, index: 0 } }] as const;
    }),
  );
  return runTraced(trace, () => {
    tf.engine().startScope();
    try {
      const given = withTensors(
        inputs,
        args.map((node) => trace.tensor({ node, index: 0 })),
      );
      const own = Object.fromEntries([...reads].map(([name, { value }]) => [name, trace.tensor(value)]));
      const { outputs, updates = {} }: BodyResult<TensorTree> = checkedResult(
        forbidSideEffects(() => body(own, given)),
      );
      checkFits(variables, updates);
      const form = (tensors: readonly tf.Tensor[]): TensorTree => withTensors(outputs, tensors);
      const changed = Object.entries(updates).map(([name, tensor]) => [name, trace.outputOf(tensor)] as const);
      return {
        inputs: args,
        reads,
        outputs: treeTensors(outputs).map((tensor) => trace.outputOf(tensor)),
        updates: new Map(changed),
        form,
      };
    } catch (error) {
      throw explained(error);
    } finally {
      tf.engine().endScope();
    }
  });
}

// tfjs says which kernel is not there; the stack says where it was called.
function explained(error: unknown): unknown {
  if (isRlloomError(error) || !(error instanceof Error)) return error;
  const kernel = /[Kk]ernel '(\w+)'/.exec(error.message)?.[1];
  const line = userLine(error);
  if (kernel !== undefined) {
    return compileError(`tf kernel ${kernel}`, 'the native backend has no such kernel', 'use other operations', line);
  }
  if (line !== undefined && !error.message.includes(line)) error.message = `${line}: ${error.message}`;
  return error;
}
