import { type ParameterTree, tf, valueAndGradients } from '@rlloom/tensor';
import { describeBackends, expectNoLeaks, expectTensorClose } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import { forwardHidden, logits } from '../forward-hidden.ts';
import { smallModel } from '../testing/small-model.ts';
import { causalMask, paddingMask, tokenPositions } from './attention-mask.ts';
import { rmsNorm } from './rms-norm.ts';
import { rotaryFrequencies } from '../families/rotary-scaling.ts';
import { rotate, rotationAt } from './rotary.ts';

describeBackends('rmsNorm', () => {
  it('divides by the root of the mean square', async () => {
    // Mean square of (3, 4) is 12.5.
    const y = tf.tidy(() => rmsNorm(tf.tensor2d([[3, 4]]), tf.tensor1d([1, 10]), 0));
    await expectTensorClose(y, [[3 / Math.sqrt(12.5), 40 / Math.sqrt(12.5)]], 1e-6);
    y.dispose();
  });

  it('has the gradient of its formula', async () => {
    const parameters = {
      x: tf.tensor2d([
        [0.5, -1, 2],
        [3, 0.1, -0.7],
      ]),
      weight: tf.tensor1d([1.5, -0.5, 2]),
    };
    const chain = (x: tf.Tensor, weight: tf.Tensor) =>
      tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), 0.01))), weight);
    const loss = (norm: (x: tf.Tensor, weight: tf.Tensor) => tf.Tensor) => {
      return valueAndGradients(({ x, weight }) => {
        const weights = tf.tensor2d([
          [1, -2, 0.5],
          [0.3, 4, -1],
        ]);
        return { value: tf.sum<tf.Scalar>(tf.mul(norm(x as tf.Tensor, weight as tf.Tensor), weights)) };
      }, parameters);
    };
    const own = loss((x, weight) => rmsNorm(x as tf.Tensor2D, weight, 0.01));
    const expected = loss(chain);
    await expectTensorClose(own.value, await expected.value.array(), 1e-6);
    for (const name of ['x', 'weight']) {
      await expectTensorClose(
        own.gradients[name] as tf.Tensor,
        (await expected.gradients[name]?.array()) as number[],
        1e-5,
      );
    }
    tf.dispose([parameters, own.value, own.gradients, expected.value, expected.gradients]);
  });
});

const plainRotary = { theta: 100, width: 4, frequencies: [1, 0.1], factor: 1, beyond: null, scaling: null };

describeBackends('rotary positions', () => {
  it('turn the pairs (i, i + D/2) by frequency times position', async () => {
    expect(rotaryFrequencies(4, 100)).toEqual([1, Math.fround(0.1)]);
    const turned = tf.tidy(() => {
      const rotation = rotationAt({ ...plainRotary, frequencies: [1, 0.5] }, 4, tf.tensor1d([2]));
      return rotate(tf.tensor2d([[1, 0, 0, 2, 0, 3, 0, 0]]), rotation);
    });
    await expectTensorClose(
      turned,
      [
        [
          [Math.cos(2), -2 * Math.sin(1), Math.sin(2), 2 * Math.cos(1)],
          [0, 3 * Math.cos(1), 0, 3 * Math.sin(1)],
        ],
      ],
      1e-6,
    );
    turned.dispose();
  });
});

describeBackends('masks', () => {
  it('hide later tokens and padding', async () => {
    const masks = tf.tidy(() => {
      const attentionMask = tf.tensor2d([[0, 1, 1]], undefined, 'int32');
      return [tf.less(causalMask(attentionMask), -1e8), tokenPositions(attentionMask), paddingMask([0, 2], 3)] as const;
    });
    expect(await masks[0].array()).toEqual([
      [
        [
          [1, 1, 1],
          [1, 0, 1],
          [1, 0, 0],
        ],
      ],
    ]);
    expect(await masks[1].array()).toEqual([0, 0, 1]);
    expect(await masks[2]?.array()).toEqual([[[[0, 0, 0]]], [[[-1e9, -1e9, 0]]]]);
    expect(paddingMask([0, 0], 3)).toBeUndefined();
    tf.dispose(masks);
  });
});

describeBackends('forwardHidden', () => {
  it('gives each token the same state alone, padded left, and padded right', async () => {
    const model = smallModel({ tie_word_embeddings: false });
    const hidden = (tokens: number[][], mask: number[][]) =>
      tf.tidy(() => {
        const batch = {
          tokens: tf.tensor2d(tokens, undefined, 'int32'),
          attentionMask: tf.tensor2d(mask, undefined, 'int32'),
        };
        return logits(model.config, model.parameters, forwardHidden(model.config, model.parameters, batch));
      });
    const alone = hidden([[3, 7, 11]], [[1, 1, 1]]);
    const padded = hidden(
      [
        [9, 9, 3, 7, 11],
        [3, 7, 11, 9, 9],
      ],
      [
        [0, 0, 1, 1, 1],
        [1, 1, 1, 0, 0],
      ],
    );
    expect(padded.shape).toEqual([2, 5, 23]);
    const rows = await padded.array();
    await expectTensorClose(alone, [(rows[0] as number[][]).slice(2)], 1e-5);
    await expectTensorClose(alone, [(rows[1] as number[][]).slice(0, 3)], 1e-5);
    tf.dispose([alone, padded]);
    model.dispose();
  });

  it('gives a row of padding numbers, and its neighbours finite gradients', async () => {
    const model = smallModel();
    const { value, gradients } = valueAndGradients((parameters: ParameterTree) => {
      const batch = {
        tokens: tf.tensor2d(
          [
            [1, 2],
            [3, 4],
          ],
          undefined,
          'int32',
        ),
        attentionMask: tf.tensor2d(
          [
            [0, 0],
            [1, 1],
          ],
          undefined,
          'int32',
        ),
      };
      return { value: tf.sum<tf.Scalar>(tf.square(forwardHidden(model.config, parameters, batch))) };
    }, model.parameters);
    for (const [name, gradient] of Object.entries({ ...gradients, value })) {
      expect((await gradient.data<'float32'>()).every(Number.isFinite), name).toBe(true);
    }
    tf.dispose([value, gradients]);
    model.dispose();
  });

  it('frees what it makes', async () => {
    const model = smallModel();
    const batch = {
      tokens: tf.tensor2d([[1, 2, 3]], undefined, 'int32'),
      attentionMask: tf.tensor2d([[1, 1, 1]], undefined, 'int32'),
    };
    await expectNoLeaks(() => forwardHidden(model.config, model.parameters, batch));
    tf.dispose([batch.tokens, batch.attentionMask]);
    model.dispose();
  });
});
