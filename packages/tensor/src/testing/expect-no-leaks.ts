import { expect } from 'vitest';
import { tf } from '../tf.ts';

/**
 * Fails when `run` leaves tensors or buffers behind. What it returns counts as handed to the caller and is freed.
 *
 * @param run the work; may be async and may throw (the throw passes on after the check)
 * @example
 * ```ts
 * await expectNoLeaks(() => tf.tidy(() => tf.square(tf.scalar(2))));
 * ```
 */
export async function expectNoLeaks(run: () => unknown): Promise<void> {
  const before = tf.memory();
  let failure: { readonly error: unknown } | undefined;
  try {
    tf.dispose((await run()) as tf.TensorContainer);
  } catch (error) {
    failure = { error };
  }
  const after = tf.memory();
  expect({ tensors: after.numTensors, buffers: after.numDataBuffers }, 'tensors left behind').toEqual({
    tensors: before.numTensors,
    buffers: before.numDataBuffers,
  });
  if (failure !== undefined) throw failure.error;
}
