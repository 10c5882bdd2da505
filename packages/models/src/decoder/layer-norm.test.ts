import { tf, valueAndGradients } from '@rlloom/tensor';
import { describeBackends, expectTensorClose } from '@rlloom/tensor/testing';
import { it } from 'vitest';
import { layerNorm } from './layer-norm.ts';

describeBackends('layerNorm', () => {
  it('takes away the mean and divides by the deviation', async () => {
    // (1, 3): mean 2, deviation 1. (5, 5): deviation 0, kept finite by ε.
    const y = tf.tidy(() =>
      layerNorm(
        tf.tensor2d([
          [1, 3],
          [5, 5],
        ]),
        { weight: tf.tensor1d([2, 10]), bias: tf.tensor1d([0, 1]) },
        1e-12,
      ),
    );
    await expectTensorClose(
      y,
      [
        [-2, 11],
        [0, 1],
      ],
      1e-5,
    );
    y.dispose();
  });

  it('has the gradient of its formula', async () => {
    const parameters = {
      x: tf.tensor2d([
        [0.5, -1, 2],
        [3, 0.1, -0.7],
      ]),
      weight: tf.tensor1d([1.5, -0.5, 2]),
      bias: tf.tensor1d([0.1, 0.2, 0.3]),
    };
    const chain: typeof layerNorm = (x, { weight, bias }, epsilon) => {
      const centered = tf.sub(x, tf.mean(x, 1, true));
      const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centered), 1, true), epsilon));
      return tf.add(tf.mul(tf.mul(centered, scale), weight), bias);
    };
    const loss = (norm: typeof layerNorm) =>
      valueAndGradients((given) => {
        const { x, weight, bias } = given as typeof parameters;
        const weights = tf.tensor2d([
          [1, -2, 0.5],
          [0.3, 4, -1],
        ]);
        return { value: tf.sum<tf.Scalar>(tf.mul(norm(x, { weight, bias }, 0.01), weights)) };
      }, parameters);
    const [own, expected] = [loss(layerNorm), loss(chain)];
    await expectTensorClose(own.value, await expected.value.array(), 1e-5);
    for (const name of Object.keys(parameters)) {
      const [gradient, other] = [own.gradients[name] as tf.Tensor, expected.gradients[name] as tf.Tensor];
      await expectTensorClose(gradient, await other.array(), 1e-5);
    }
    tf.dispose([parameters, own, expected]);
  });
});
