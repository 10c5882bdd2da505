import type { AttrValue } from '../graph/graph-proto.ts';
import type { TracedValue } from '../operations/operation-rule.ts';
import type { Scope } from './scope.ts';

/** An operation of a graph that is being recorded. */
export interface GraphNode {
  readonly scope: Scope;
  /** Unique among all nodes of a process, rising in the order of recording. */
  readonly id: number;
  readonly op: string;
  readonly inputs: readonly NodeOutput[];
  readonly attributes: Readonly<Record<string, AttrValue>>;
  readonly outputs: readonly TracedValue[];
  /** Operations that must be done before this one, beside its inputs. */
  readonly controls: readonly GraphNode[];
  /** The functions that it calls, by the name of the attribute. */
  readonly functions?: Readonly<Record<string, InnerFunction>> | undefined;
}

/** A function inside of another, such as the body of a loop. */
export interface InnerFunction {
  /** Operations `_Arg`, in order. */
  readonly args: readonly GraphNode[];
  readonly results: readonly NodeOutput[];
}

/** One result of an operation. */
export interface NodeOutput {
  readonly node: GraphNode;
  readonly index: number;
}

/** What is known of a result. */
export function valueOf({ node, index }: NodeOutput): TracedValue {
  return node.outputs[index] as TracedValue;
}
