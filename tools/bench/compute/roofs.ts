import { tf } from '@rlloom/tensor';
import type { Job, JobResult } from './jobs.ts';
import { time } from './repetitions.ts';
import { copySize, gemmSize } from './roof-sizes.ts';

/** Times a product of two large matrices. */
export async function timeMatrixProduct({ effort }: Job): Promise<Omit<JobResult, 'job' | 'shape'>> {
  const [left, right] = tf.tidy(() => [
    tf.randomNormal([gemmSize, gemmSize], 0, 1, 'float32', 1),
    tf.randomNormal([gemmSize, gemmSize], 0, 1, 'float32', 2),
  ]);
  return {
    ...(await time(async () => finish(tf.matMul(left, right)), effort)),
    peakBytes: null,
  };
}

/** Times reading one large array and writing another: tfjs has no copy, so the copy changes the sign. */
export async function timeCopy({ effort }: Job): Promise<Omit<JobResult, 'job' | 'shape'>> {
  const array = tf.ones([copySize]);
  return { ...(await time(async () => finish(tf.neg(array)), effort)), peakBytes: null };
}

// Native kernels have run when the call returns; others have when a value is there.
async function finish(result: tf.Tensor): Promise<void> {
  const one = tf.slice(tf.reshape(result, [-1]), [0], [1]);
  await one.data();
  tf.dispose([one, result]);
}
