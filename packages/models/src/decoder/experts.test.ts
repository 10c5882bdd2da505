import { tf, valueAndGradients } from '@rlloom/tensor';
import { describeBackends, expectTensorClose } from '@rlloom/tensor/testing';
import { it } from 'vitest';
import type { ExpertsConfig } from '../config/model-config.ts';
import { expertWeights } from './experts.ts';

const experts: ExpertsConfig = {
  count: 3,
  countPerToken: 2,
  intermediateSize: 4,
  normalizesWeights: false,
  router: 'mlp.gate',
  module: 'mlp.experts',
};
// softmax of logarithms is the numbers themselves, over their sum 1.
const logits = () =>
  tf.log(
    tf.tensor2d([
      [0.5, 0.2, 0.3],
      [0.1, 0.3, 0.6],
    ]),
  );

describeBackends('expertWeights', () => {
  it('keeps the probabilities of the likeliest experts', async () => {
    const weights = tf.tidy(() => expertWeights(experts, logits()));
    await expectTensorClose(
      weights,
      [
        [0.5, 0, 0.3],
        [0, 0.3, 0.6],
      ],
      1e-6,
    );
    weights.dispose();
  });

  it('scales them to a sum of 1', async () => {
    const weights = tf.tidy(() => expertWeights({ ...experts, normalizesWeights: true }, logits()));
    await expectTensorClose(
      weights,
      [
        [5 / 8, 0, 3 / 8],
        [0, 1 / 3, 2 / 3],
      ],
      1e-6,
    );
    weights.dispose();
  });

  it('sends gradients to the router, and none through the choice', async () => {
    const parameters = { logits: logits() };
    const { value, gradients } = valueAndGradients(({ logits: given }) => {
      const firstExpert = tf.slice(expertWeights(experts, given as tf.Tensor2D), [0, 0], [2, 1]);
      return { value: tf.sum<tf.Scalar>(firstExpert) };
    }, parameters);
    // ∂p₀/∂z_j = p₀·([j=0] − p_j) where expert 0 was chosen, 0 where it was not.
    await expectTensorClose(
      gradients['logits'] as tf.Tensor,
      [
        [0.25, -0.1, -0.15],
        [0, 0, 0],
      ],
      1e-6,
    );
    tf.dispose([parameters, value, gradients]);
  });
});
