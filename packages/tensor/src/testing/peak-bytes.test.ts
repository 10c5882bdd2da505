import { expect, it } from 'vitest';
import { tf } from '../tf.ts';
import { describeBackends } from './describe-backends.ts';
import { peakBytes } from './peak-bytes.ts';

describeBackends('peakBytes', () => {
  it('is the most that lived at one time, and counts what is shared once', () => {
    const x = tf.add(tf.zeros([100]), 1);
    const left: tf.Tensor[] = [];
    const peak = peakBytes(() => {
      const two = tf.tidy(() => tf.concat([x, tf.clone(x)]));
      tf.dispose([tf.clone(two), two]);
      left.push(tf.concat([x, x, x]));
    });
    expect(peak).toBeGreaterThanOrEqual(1200);
    // TensorFlow takes the axis as a tensor.
    expect(peak).toBeLessThanOrEqual(1204);
    tf.dispose([x, ...left]);
  });

  it('stops counting when the work throws', () => {
    const { tensorInfo } = tf.engine().state;
    expect(() =>
      peakBytes(() => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(tf.engine().state.tensorInfo).toBe(tensorInfo);
  });
});
