import type { tf } from '../../tf.ts';

/** TensorFlow's `DataType`, by the names of operation definitions. */
export const dataTypes = {
  float32: 1,
  int32: 3,
  uint8: 4,
  string: 7,
  complex64: 8,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  half: 19,
} as const;

/** A type that operations may have. */
export type DataTypeName = keyof typeof dataTypes;

const namesOfNumbers: ReadonlyMap<number, DataTypeName> = new Map(
  Object.entries(dataTypes).map(([name, number]) => [number, name as DataTypeName]),
);

// tfjs has no whole numbers but int32, and no floating-point numbers but float32.
const tfjsTypes: Readonly<Record<DataTypeName, tf.DataType>> = {
  float32: 'float32',
  bfloat16: 'float32',
  half: 'float32',
  int32: 'int32',
  int64: 'int32',
  uint8: 'int32',
  bool: 'bool',
  complex64: 'complex64',
  string: 'string',
};

/** Whether `name` is a type, not the name of an attribute that says one. */
export function isDataType(name: string): name is DataTypeName {
  return Object.hasOwn(dataTypes, name);
}

/** The type under which tfjs knows tensors of a TensorFlow type: int64 and uint8 are int32, bfloat16 is float32. */
export function tfjsTypeOf(type: DataTypeName | number): tf.DataType {
  const name = typeof type === 'number' ? namesOfNumbers.get(type) : type;
  if (name === undefined) throw new Error(`tfjs has no tensors of TensorFlow's type ${type}`);
  return tfjsTypes[name];
}
