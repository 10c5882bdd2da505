import { tf } from '../tf.ts';

/**
 * The most bytes that tensors took at any one time while `run` ran, above those at its start. A clone or a reshaped
 * tensor that shares the memory of another takes none, where `tf.memory().numBytes` counts it again. (Reshaping makes
 * TensorFlow's backend report new memory although it shares it.) A backend's own scratch memory does not count.
 *
 * @param run synchronous work; what it leaves is the caller's
 */
export function peakBytes(run: () => void): number {
  const { state } = tf.engine();
  const buffers = state.tensorInfo;
  let [now, peak] = [0, 0];
  const counted: Pick<typeof buffers, 'has' | 'get' | 'set' | 'delete'> = {
    has: (id) => buffers.has(id),
    get: (id) => buffers.get(id),
    set: (id, info) => {
      now += info.bytes ?? 0;
      peak = Math.max(peak, now);
      buffers.set(id, info);
      return counted as typeof buffers;
    },
    delete: (id) => {
      now -= buffers.get(id)?.bytes ?? 0;
      return buffers.delete(id);
    },
  };
  state.tensorInfo = counted as typeof buffers;
  try {
    run();
  } finally {
    state.tensorInfo = buffers;
  }
  return peak;
}
