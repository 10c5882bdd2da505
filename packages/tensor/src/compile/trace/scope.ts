import { typeNumber } from '../graph/data-types.ts';
import type { AttrValue } from '../graph/graph-proto.ts';
import { shapeProto } from './attribute-value.ts';
import type { TracedValue } from '../operations/operation-rule.ts';
import { type GraphNode, type NodeOutput, valueOf } from './graph-node.ts';

/** An operation to be recorded. */
export interface NewNode {
  readonly op: string;
  readonly inputs?: readonly NodeOutput[];
  readonly attributes?: Readonly<Record<string, AttrValue>>;
  readonly outputs: readonly TracedValue[];
  readonly controls?: readonly GraphNode[];
  readonly functions?: GraphNode['functions'];
}

/** The numbers of a tensor as they lie in memory. */
export interface ConstantData {
  readonly shape: readonly number[];
  readonly dtype: TracedValue['dtype'];
  readonly values: Float32Array | Int32Array | Uint8Array;
}

let nextId = 0;

/**
 * What is recorded of one function: the main one, or the condition or body of a loop inside of another. A body reads
 * what lies outside through arguments of its own, which `capture` makes.
 */
export class Scope {
  readonly depth: number;
  readonly #capture: ((outer: NodeOutput) => NodeOutput) | undefined;
  readonly #known = new Map<string, GraphNode>();
  readonly #constants = new Map<string, NodeOutput>();
  readonly #copies = new Map<GraphNode, NodeOutput>();

  constructor(outer?: { readonly depth: number; readonly capture: (outer: NodeOutput) => NodeOutput }) {
    this.depth = outer === undefined ? 0 : outer.depth + 1;
    this.#capture = outer?.capture;
  }

  /** Records a pure operation; one that was recorded before with the same inputs and attributes is taken again. */
  pure(node: NewNode): GraphNode {
    const inputs = (node.inputs ?? []).map((input) => this.local(input));
    const key = `${node.op}|${inputs.map((input) => `${input.node.id}:${input.index}`).join()}|${JSON.stringify(node.attributes)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const added = this.add({ ...node, inputs });
    this.#known.set(key, added);
    return added;
  }

  /** Records an operation. */
  add({ op, inputs = [], attributes = {}, outputs, controls = [], functions }: NewNode): GraphNode {
    const own = inputs.map((input) => this.local(input));
    return { scope: this, id: nextId++, op, inputs: own, attributes, outputs, controls, functions };
  }

  /** A constant; an equal small one is taken again. */
  constant(data: ConstantData): NodeOutput {
    const { shape, dtype, values } = data;
    const key = values.length > 64 ? undefined : `${dtype}|${shape.join()}|${values.join()}|${signs(values)}`;
    const known = key === undefined ? undefined : this.#constants.get(key);
    if (known !== undefined) return known;
    const type = typeNumber(dtype);
    const tensor = {
      dtype: type,
      tensorShape: shapeProto(shape),
      tensorContent: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    };
    const node = this.add({
      op: 'Const',
      attributes: { dtype: { type }, value: { tensor } },
      outputs: [{ shape, dtype, constant: values }],
    });
    const output = { node, index: 0 };
    if (key !== undefined) this.#constants.set(key, output);
    return output;
  }

  /** A result as this function sees it: its own, a copy of a constant, or an argument that brings it in. */
  local(output: NodeOutput): NodeOutput {
    const { node } = output;
    if (node.scope === this) return output;
    if (node.op === 'Const') return this.#copyOf(node);
    if (this.#capture === undefined || node.scope.depth >= this.depth) {
      throw new Error('a tensor that was made inside of a loop is used outside of it: return it in the state');
    }
    return this.#capture(output);
  }

  #copyOf(node: GraphNode): NodeOutput {
    const known = this.#copies.get(node);
    if (known !== undefined) return known;
    const { shape, dtype, constant } = valueOf({ node, index: 0 });
    const values = constant as ConstantData['values'];
    const copy = this.constant({ shape, dtype, values });
    this.#copies.set(node, copy);
    return copy;
  }
}

// -0 and 0 are written alike.
function signs(values: ConstantData['values']): string {
  return values instanceof Float32Array ? Array.from(values, (value) => (Object.is(value, -0) ? '-' : '')).join() : '';
}
