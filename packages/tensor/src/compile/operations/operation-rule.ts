import type { tf } from '../../tf.ts';

/** What is known of a tensor while a program is traced: all but its numbers, unless it is a constant. */
export interface TracedValue {
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
  /** The numbers of a constant, row by row. */
  readonly constant?: ArrayLike<number> | undefined;
}

/** The attributes of an operation by name, as far as they are numbers, truth values, strings or lists of those. */
export type OperationAttributes = Readonly<Record<string, AttributeValue>>;

/** Types are given by their number in TensorFlow's `DataType`. */
export type AttributeValue = number | boolean | string | readonly number[] | readonly string[];

/** An argument of an operation, as its definition in TensorFlow has it. */
export interface OperationArgument {
  readonly name: string;
  /** A type (`int32`), or the attribute that says it (`T`). */
  readonly type: string;
  /** For a list of tensors: the attribute that says how many. */
  readonly count?: string | undefined;
}

/** What tracing knows of a TensorFlow operation. */
export interface OperationRule {
  /** Its inputs; at most one is a list. */
  readonly inputs: readonly OperationArgument[];
  /** The names of its output arguments in its definition, as a function's body refers to them: `z`, `output`, ... */
  readonly outputs: readonly string[];
  /**
   * Shape and type of each output. A list of tensors is as many outputs.
   *
   * @throws Error when the inputs do not fit, or one that says the shape of the result is not a constant
   */
  readonly infer: (
    inputs: readonly TracedValue[],
    attributes: OperationAttributes,
  ) => readonly Pick<TracedValue, 'shape' | 'dtype'>[];
}
