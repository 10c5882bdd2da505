import { tf } from '../../tf.ts';
import { typeNumber } from '../graph/data-types.ts';
import type { AttrValue } from '../graph/graph-proto.ts';
import { completeAttributes, decodeAttributes, plainAttributes } from '../operations/operation-attributes.ts';
import { operationRules } from '../operations/operation-rules.ts';
import { refusedOperations } from '../operations/refused-operations.ts';
import type { TracedValue } from '../operations/operation-rule.ts';
import type { ActiveTrace } from './active-trace.ts';
import { attributeValue } from './attribute-value.ts';
import { inBfloat16, isProduct, type PureNode } from './bfloat16-products.ts';
import { compileError } from './compile-error.ts';
import { type GraphNode, type NodeOutput, valueOf } from './graph-node.ts';
import { recordLoop } from './record-loop.ts';
import { recordUpdateSlice } from './record-update-slice.ts';
import { Scope, type ConstantData } from './scope.ts';

/** An operation as a kernel of tfjs-node asks for it. */
export interface AskedOperation {
  readonly name: string;
  readonly attributes: Parameters<typeof decodeAttributes>[0];
  readonly inputs: readonly tf.TensorInfo[];
  readonly outputCount: number;
}

/** How a function is recorded. */
export interface TraceOptions {
  readonly xla: boolean;
  readonly products: 'float32' | 'bfloat16';
}

interface TracedData {
  readonly output: NodeOutput;
  references: number;
}

// A constant of the graph is copied into it: beyond this many numbers a tensor from outside must be an input.
const largestCapture = 2 ** 20;

/** One function that is being recorded: which result of the graph stands behind each tensor. */
export class Trace implements ActiveTrace {
  readonly options: TraceOptions;
  #scope = new Scope();
  readonly #data = new Map<tf.DataId, TracedData>();
  readonly #outside = new Map<tf.DataId, NodeOutput>();

  constructor(options: TraceOptions) {
    this.options = options;
  }

  /** The function that code which runs now belongs to. */
  get scope(): Scope {
    return this.#scope;
  }

  /** Runs `f` as the code of an inner function. */
  inScope<Result>(scope: Scope, f: () => Result): Result {
    const before = this.#scope;
    this.#scope = scope;
    try {
      return f();
    } finally {
      this.#scope = before;
    }
  }

  /** A tensor for a result of the graph. */
  tensor(output: NodeOutput): tf.Tensor {
    const { shape, dtype } = valueOf(output);
    return tf.engine().makeTensorFromTensorInfo({ dataId: this.register(output), shape: [...shape], dtype });
  }

  /** An identity for data that a result of the graph stands for. */
  register(output: NodeOutput): tf.DataId {
    const dataId = {};
    this.#data.set(dataId, { output, references: 1 });
    return dataId;
  }

  /** A constant from numbers of JavaScript. */
  constant(values: tf.backend_util.BackendValues, shape: readonly number[], dtype: tf.DataType): NodeOutput {
    if (dtype === 'string' || dtype === 'complex64') {
      throw compileError(`a ${dtype} constant`, 'graphs here hold numbers and truth values', 'keep it outside');
    }
    return this.#scope.constant({ shape, dtype, values: copyOf(values, dtype) });
  }

  /** What stands behind a tensor: a result of the graph, or the numbers of a tensor from outside. */
  outputOf({ dataId, shape, dtype }: tf.TensorInfo): NodeOutput {
    const known = this.#data.get(dataId)?.output ?? this.#outside.get(dataId);
    if (known !== undefined) return known;
    if (tf.util.sizeFromShape(shape) > largestCapture) {
      throw compileError(
        `a tensor of [${shape.join(', ')}] from outside`,
        'it would be copied into the graph',
        'make it an input or a variable',
      );
    }
    const output = this.constant(tf.engine().readSync(dataId), shape, dtype);
    this.#outside.set(dataId, output);
    return output;
  }

  /** The numbers behind a tensor, where they are known. */
  constantOf(dataId: tf.DataId): ConstantData['values'] | undefined {
    const output = this.#data.get(dataId)?.output;
    return output && (valueOf(output).constant as ConstantData['values'] | undefined);
  }

  references(dataId: tf.DataId): number {
    return this.#data.get(dataId)?.references ?? 0;
  }

  changeReferences(dataId: tf.DataId, by: number): number {
    const data = this.#data.get(dataId);
    if (data === undefined) return 0;
    data.references += by;
    if (data.references <= 0) this.#data.delete(dataId);
    return data.references;
  }

  /** Records an operation that a kernel asks for. */
  operation({ name, attributes, inputs, outputCount }: AskedOperation): tf.Tensor[] {
    const rule = operationRules[name];
    if (rule === undefined) {
      throw compileError(
        name,
        refusedOperations[name] ?? 'its rule of shapes is not known',
        'move it out of the compiled function',
      );
    }
    const given = inputs.map((input) => this.outputOf(input));
    const types = given.map((output) => typeNumber(valueOf(output).dtype));
    const decoded = completeAttributes(rule, types, decodeAttributes(attributes));
    const outputs = inferOutputs(() => rule.infer(given.map(valueOf), plainAttributes(decoded)), name);
    if (outputs.length !== outputCount) throw new Error(`${name}: ${outputs.length} outputs, asked ${outputCount}`);
    const values = Object.fromEntries(
      Object.entries(decoded).map(([key, attribute]) => [key, attributeValue(attribute)]),
    );
    const node = this.#record({ op: name, inputs: given, attributes: values, outputs });
    return outputs.map((_, index) => this.tensor({ node, index }));
  }

  whileLoop: ActiveTrace['whileLoop'] = (loop) => recordLoop(this, loop);

  updateSlice: ActiveTrace['updateSlice'] = (target, update, place) =>
    recordUpdateSlice(this, { target, update, ...place });

  scatterAdd: ActiveTrace['scatterAdd'] = (target, indices, updates) => {
    const inputs = [target, indices, updates].map((tensor) => this.outputOf(tensor));
    const { shape, dtype } = target;
    const attributes = { T: typeAttribute(dtype), Tindices: typeAttribute('int32') };
    const node = this.#record({ op: 'TensorScatterAdd', inputs, attributes, outputs: [{ shape, dtype }] });
    return this.tensor({ node, index: 0 });
  };

  // What is computed from them again must not be taken for what was computed before, neither here nor by TensorFlow.
  delayed: ActiveTrace['delayed'] = (tensors, after) => {
    const inputs = [...tensors, after].map((tensor) => this.outputOf(tensor));
    const scope = this.scopeOf(inputs);
    const values = inputs.map(valueOf).map(({ shape, dtype }) => ({ shape, dtype }));
    if (this.options.xla) {
      const types = values.map(({ dtype }) => typeNumber(dtype));
      const attributes = { T: { list: { type: types } } };
      const node = scope.add({ op: 'XlaOptimizationBarrier', inputs, attributes, outputs: values });
      return tensors.map((_, index) => this.tensor({ node, index }));
    }
    const controls = [scope.local(inputs.at(-1) as NodeOutput).node];
    return tensors.map((_, i) => {
      const [input, value] = [inputs[i] as NodeOutput, values[i] as TracedValue];
      const attributes = { T: typeAttribute(value.dtype) };
      const node = scope.add({ op: 'Identity', inputs: [input], attributes, outputs: [value], controls });
      return this.tensor({ node, index: 0 });
    });
  };

  #record(node: PureNode): GraphNode {
    const scope = this.scopeOf(node.inputs);
    return this.options.products === 'bfloat16' && isProduct(node) ? inBfloat16(scope, node) : scope.pure(node);
  }

  /** Where an operation on these belongs: outside of a loop when it reads nothing of the loop. */
  scopeOf(inputs: readonly NodeOutput[]): Scope {
    const scopes = inputs.filter(({ node }) => node.op !== 'Const').map(({ node }) => node.scope);
    return scopes.reduce((deepest, scope) => (scope.depth > deepest.depth ? scope : deepest), scopes[0] ?? this.#scope);
  }
}

function inferOutputs<Outputs>(infer: () => Outputs, name: string): Outputs {
  try {
    return infer();
  } catch (error) {
    throw compileError(
      name,
      error instanceof Error ? error.message : String(error),
      'give it static shapes that fit together',
    );
  }
}

function copyOf(values: tf.backend_util.BackendValues, dtype: 'float32' | 'int32' | 'bool'): ConstantData['values'] {
  const numbers = values as ArrayLike<number>;
  if (dtype === 'float32') return Float32Array.from(numbers);
  return dtype === 'int32' ? Int32Array.from(numbers) : Uint8Array.from(numbers, (value) => (value ? 1 : 0));
}

/** The attribute that says of which type an operation is. */
export function typeAttribute(dtype: tf.DataType): AttrValue {
  return { type: typeNumber(dtype) };
}
