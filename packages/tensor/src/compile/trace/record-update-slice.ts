import { tf } from '../../tf.ts';
import type { Trace } from './trace.ts';
import { typeAttribute } from './trace.ts';

/** Records a write into a part of a tensor: in place with XLA and along axis 0, else through a copy. */
export function recordUpdateSlice(
  trace: Trace,
  slice: { readonly target: tf.Tensor; readonly update: tf.Tensor; readonly axis: number; readonly start: tf.Tensor },
): tf.Tensor {
  const { target, update, axis, start } = slice;
  const count = update.shape[axis] as number;
  if (trace.options.xla) {
    const zeros = (length: number): tf.Tensor[] => (length === 0 ? [] : [tf.zeros([length], 'int32')]);
    const indices = tf.concat([...zeros(axis), tf.reshape(start, [1]), ...zeros(target.rank - axis - 1)]);
    const inputs = [target, update, indices].map((tensor) => trace.outputOf(tensor));
    const node = trace.scopeOf(inputs).pure({
      op: 'XlaDynamicUpdateSlice',
      inputs,
      attributes: { T: typeAttribute(target.dtype), Tindices: typeAttribute('int32') },
      outputs: [{ shape: target.shape, dtype: target.dtype }],
    });
    return trace.tensor({ node, index: 0 });
  }
  if (axis === 0) {
    const places = tf.add(tf.range(0, count, 1, 'int32'), start);
    return tf.tensorScatterUpdate(target, tf.reshape(places, [count, 1]), update);
  }
  if (count === 1) {
    const along = target.shape.map((size, i) => (i === axis ? size : 1));
    const here = tf.equal(tf.reshape(tf.range(0, target.shape[axis] as number, 1, 'int32'), along), start);
    return tf.where(here, update, target);
  }
  const order = [axis, ...target.shape.keys()].filter((dimension, place) => place === 0 || dimension !== axis);
  const back = target.shape.map((_, dimension) => order.indexOf(dimension));
  const first = (tensor: tf.Tensor): tf.Tensor => tf.transpose(tensor, order);
  const written = recordUpdateSlice(trace, { target: first(target), update: first(update), axis: 0, start });
  return tf.transpose(written, back);
}
