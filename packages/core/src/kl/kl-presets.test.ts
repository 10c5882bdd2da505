import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import { klEstimate } from './kl-estimate.ts';
import { klClampPresets } from './kl-presets.ts';

describeBackends('klClampPresets', () => {
  const estimate = (library: keyof typeof klClampPresets, estimator: 'k1' | 'k2' | 'k3') =>
    klEstimate(tf.tensor1d([-1, -1, -1]), tf.tensor1d([0, -15, -30]), {
      estimator,
      ...klClampPresets[library][estimator],
    }).arraySync();
  const near = (values: readonly number[]): unknown[] => values.map((value): unknown => expect.closeTo(value, 4));

  // test_loss_functions.py of NeMo-RL: log-prob −1 against 0, −15, −30. Without clamps, then with its output clamp.
  it('NeMo-RL test_loss_functions, k1, k2 and k3', () => {
    expect(estimate('trl', 'k3')).toEqual(near([0.7183, 13, 28]));
    expect(estimate('verl', 'k1')).toEqual([-1, 14, 29]);
    expect(estimate('verl', 'k2')).toEqual([0.5, 98, 420.5]);
    expect(estimate('nemoRl', 'k3')).toEqual(near([0.7183, 10, 10]));
    expect(estimate('nemoRl', 'k1')).toEqual([-1, 10, 10]);
  });

  it('OpenRLHF clamps every estimator, verl and slime only k3 and low_var_kl', () => {
    expect(estimate('openrlhf', 'k1')).toEqual([-1, 10, 10]);
    expect(estimate('openrlhf', 'k2')).toEqual([0.5, 10, 10]);
    expect(estimate('slime', 'k3')).toEqual(near([0.7183, 13, 28]));
    expect(estimate('slimeLowVariance', 'k3')).toEqual(near([0.7183, 10, 10]));
  });
});
