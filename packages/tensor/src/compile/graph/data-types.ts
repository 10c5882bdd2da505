import type { tf } from '../../tf.ts';
import { dataTypes } from '../operations/data-type.ts';

/** Numbers of TensorFlow's `DataType`, with that of a variable's handle. */
export const typeNumbers: typeof dataTypes & { readonly resource: 20 } = { ...dataTypes, resource: 20 };

/** The number of a type of tfjs. */
export function typeNumber(dtype: tf.DataType): number {
  return typeNumbers[dtype];
}
