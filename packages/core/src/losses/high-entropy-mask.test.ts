import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import { highEntropyMask } from './high-entropy-mask.ts';

describeBackends('highEntropyMask', () => {
  it('keeps what is at least the interpolated quantile, of trained tokens only', () => {
    // three trained, 0.5 of them: place 1 of [1, 2, 3], so 2 and 3
    expect(highEntropyMask(tf.tensor2d([[3, 9, 1, 2]]), tf.tensor2d([[1, 0, 1, 1]]), 0.5).arraySync()).toEqual([
      [1, 0, 0, 1],
    ]);
    // four trained: place 1.5 of [1, 2, 3, 4] is 2.5
    expect(highEntropyMask(tf.tensor2d([[4, 2, 1, 3]]), tf.ones([1, 4]), 0.5).arraySync()).toEqual([[1, 0, 0, 1]]);
  });

  it('rounds the level to float32 as PyTorch does, which moves a place that is all but whole', () => {
    // 16 tokens, level 0.6: place 15 · 0.60000002 = 9.0000004, a little above the token at 9
    const entropies = tf.tensor2d([[0, 0, 0, 0, 0, 0, 0, 0, 0, 0.5, 1.5, 2, 2, 2, 2, 2]]);
    const kept = highEntropyMask(entropies, tf.ones([1, 16]), 0.4).arraySync();
    expect(kept).toEqual([[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]]);
  });

  it('keeps one token, none, or all', () => {
    expect(highEntropyMask(tf.tensor2d([[2, 3]]), tf.tensor2d([[1, 0]]), 0.2).arraySync()).toEqual([[1, 0]]);
    expect(highEntropyMask(tf.tensor2d([[2, 3]]), tf.zeros([1, 2]), 0.2).arraySync()).toEqual([[0, 0]]);
    expect(highEntropyMask(tf.tensor2d([[2, 3]]), tf.ones([1, 2]), 1).arraySync()).toEqual([[1, 1]]);
  });
});
