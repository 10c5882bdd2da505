import { tf } from '../tf.ts';

/**
 * The most bytes that tensors took at any one time while `run` ran, above those at its start: what `tf.memory()`
 * would have shown, had it been asked after every tensor made. A backend's own scratch memory does not count.
 *
 * @param run synchronous work; what it leaves is the caller's
 */
export function peakBytes(run: () => void): number {
  const { state } = tf.engine();
  const start = state.numBytes;
  let [now, peak] = [start, start];
  Object.defineProperty(state, 'numBytes', {
    configurable: true,
    enumerable: true,
    get: () => now,
    set: (bytes: number) => {
      now = bytes;
      peak = Math.max(peak, bytes);
    },
  });
  try {
    run();
  } finally {
    Object.defineProperty(state, 'numBytes', { configurable: true, enumerable: true, writable: true, value: now });
  }
  return peak - start;
}
