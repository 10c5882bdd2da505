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

/** What tracing knows of a TensorFlow operation. */
export interface OperationRule {
  /** The names of its output arguments in its definition, as a function's body refers to them: `z`, `output`, ... */
  readonly outputs: readonly string[];
  /** Shape and type of each output. */
  readonly infer: (
    inputs: readonly TracedValue[],
    attributes: OperationAttributes,
  ) => readonly Pick<TracedValue, 'shape' | 'dtype'>[];
}
