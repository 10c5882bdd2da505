import type { tf } from '../../tf.ts';
import { typeNumbers } from '../graph/data-types.ts';
import type { AttrValue } from '../graph/graph-proto.ts';
import { type GraphNode, type NodeOutput, valueOf } from './graph-node.ts';
import type { Scope } from './scope.ts';

/** An operation without effects. */
export interface PureNode {
  readonly op: string;
  readonly inputs: readonly NodeOutput[];
  readonly attributes: Readonly<Record<string, AttrValue>>;
  readonly outputs: readonly { readonly shape: readonly number[]; readonly dtype: tf.DataType }[];
}

/** Whether it is a product of float32 matrices. */
export function isProduct({ op, attributes }: PureNode): boolean {
  return (op === 'BatchMatMulV2' || op === 'BatchMatMul' || op === 'MatMul') && attributes['T']?.type === 1;
}

/** A product of float32 matrices with its factors rounded to bfloat16, its sums and its result in float32. */
export function inBfloat16(scope: Scope, node: PureNode): GraphNode {
  const cast = (input: NodeOutput, [from, to]: readonly [number, number]): NodeOutput => {
    const attributes = { SrcT: { type: from }, DstT: { type: to }, Truncate: { b: false } };
    // Where the input is made: a weight is rounded once, not in every round of a loop.
    const owner = input.node.op === 'Const' ? scope : input.node.scope;
    return { node: owner.pure({ op: 'Cast', inputs: [input], attributes, outputs: [valueOf(input)] }), index: 0 };
  };
  const down = [typeNumbers.float32, typeNumbers.bfloat16] as const;
  const inputs = node.inputs.map((input) => cast(input, down));
  const product = scope.pure({
    ...node,
    inputs,
    attributes: { ...node.attributes, T: { type: typeNumbers.bfloat16 } },
  });
  return cast({ node: product, index: 0 }, [typeNumbers.bfloat16, typeNumbers.float32]).node;
}
