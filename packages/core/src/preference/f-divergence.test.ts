import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import { type DivergenceName, divergenceScores } from './f-divergence.ts';

const divergences: DivergenceName[] = ['reverse_kl', 'forward_kl', 'js_divergence', 'alpha_divergence'];

describeBackends('divergenceScores', () => {
  const gradient = (ratios: number[], divergence: DivergenceName) =>
    tf
      .grad((x: tf.Tensor) => divergenceScores(x, { divergence }))(tf.tensor1d(ratios))
      .arraySync() as number[];

  it.each([
    ['reverse_kl', Math.LN2],
    ['forward_kl', 0.5],
    ['js_divergence', Math.log(4 / 3)],
    ['alpha_divergence', (2 ** -0.5 - 1) / -0.5],
  ] as const)('%s of a ratio of 2', (divergence, expected) => {
    const scores = divergenceScores(tf.tensor1d([Math.LN2, 0]), { divergence }).arraySync();
    expect(scores).toEqual([expect.closeTo(expected, 6), expect.closeTo(0, 6)]);
  });

  it.each(divergences)('%s has slope 1 at the reference', (divergence) => {
    // The Jensen–Shannon score is log(2t/(t+1)), half as steep.
    expect(gradient([0], divergence)).toEqual([expect.closeTo(divergence === 'js_divergence' ? 0.5 : 1, 6)]);
  });

  it('is reverse KL for α = 1', () => {
    const options = { divergence: 'alpha_divergence', divergenceAlpha: 1 } as const;
    expect(divergenceScores(tf.tensor1d([3, -3]), options).arraySync()).toEqual([3, -3]);
  });

  it.each(divergences)('%s is finite at ±1e4, in value and gradient', (divergence) => {
    const scores = divergenceScores(tf.tensor1d([-1e4, 1e4]), { divergence }).arraySync();
    expect([...scores, ...gradient([-1e4, 1e4], divergence)].every(Number.isFinite)).toBe(true);
  });

  it('refuses a name it does not know', () => {
    expect(() => divergenceScores(tf.zeros([1]), { divergence: 'kl' as DivergenceName })).toThrow(RangeError);
  });
});
