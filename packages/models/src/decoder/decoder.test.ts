import { type ParameterTree, tf, valueAndGradients } from '@rlloom/tensor';
import { describeBackends, expectNoLeaks, expectTensorClose } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import type { RotaryConfig } from '../config/model-config.ts';
import { parseModelConfig } from '../config/parse-model-config.ts';
import { forwardHidden, logits } from '../forward-hidden.ts';
import { smallConfig, smallModel } from '../testing/small-model.ts';
import { causalMask, paddingMask, tokenPositions, windowedMask } from './attention-mask.ts';
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

const plainRotary: RotaryConfig = {
  theta: 100,
  width: 4,
  frequencies: [1, 0.1],
  factor: 1,
  beyond: null,
  scaling: null,
};

describeBackends('rotary positions', () => {
  it('turn the pairs (i, i + D/2) by frequency times position', async () => {
    expect(rotaryFrequencies(4, 100)).toEqual([1, Math.fround(0.1)]);
    const turned = tf.tidy(() => {
      const rotation = rotationAt({ ...plainRotary, frequencies: [1, 0.5] }, { width: 4, batch: 1 }, tf.tensor1d([2]));
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

describeBackends('rotary positions by parts', () => {
  it.each([4, 6])('are those by a product, to the bit: %i of 6 numbers', async (width) => {
    const frequencies = Array.from({ length: width / 2 }, (_, pair) => 1 / (1 + pair));
    const [whole, parts] = tf.tidy(() => {
      const rotation = rotationAt({ ...plainRotary, width, frequencies }, { width: 6, batch: 1 }, tf.tensor1d([5, 9]));
      const x = tf.tensor2d([
        Array.from({ length: 12 }, (_, i) => i - 4.5),
        Array.from({ length: 12 }, (_, i) => 0.1 * i),
      ]);
      return [rotate(x, rotation), rotate(x, rotation, width / 2)] as const;
    });
    expect([...(await parts.data())]).toEqual([...(await whole.data())]);
    tf.dispose([whole, parts]);
  });
});

describeBackends('rotary positions of long sequences', () => {
  const angles = async (rotary: RotaryConfig, positions: number[][]) => {
    const batch = positions.length;
    const { cosines, sines } = tf.tidy(() => {
      const { halfTurn: _, ...both } = rotationAt(rotary, { width: 4, batch }, tf.tensor1d(positions.flat()));
      return both;
    });
    const [cosine, sine] = [await cosines.data(), await sines.data()];
    tf.dispose([cosines, sines]);
    const at = (row: number, pair: number) =>
      Math.atan2(sine[row * 4 + pair] as number, cosine[row * 4 + pair] as number);
    return Array.from(positions.flat(), (_, row) => [at(row, 0), at(row, 1)]);
  };

  it('are chosen for each sequence by its own length', async () => {
    const rotary = { ...plainRotary, beyond: { length: 3, frequencies: [0.5, 0.01] } };
    const found = await angles(rotary, [
      [0, 1, 2],
      [1, 2, 3],
    ]);
    const expected = [...[0, 1, 2].map((t) => [t, t * 0.1]), ...[1, 2, 3].map((t) => [t * 0.5, t * 0.01])];
    found.flat().forEach((angle, i) => expect(angle).toBeCloseTo(expected.flat()[i] as number, 5));
  });

  it('grow their base with the length', async () => {
    const found = await angles({ ...plainRotary, beyond: { length: 2, growth: 3 } }, [
      [0, 1],
      [0, 3],
    ]);
    // Length 4 = 2 · 2: θ' = 100 · (3·2 − 2)^(4/2) = 1600, whose second frequency is 1/40.
    const expected = [0, 0, 1, 0.1, 0, 0, 3, 3 / 40];
    found.flat().forEach((angle, i) => expect(angle).toBeCloseTo(expected[i] as number, 5));
  });

  it('turn only the first numbers of a head, and scale only those', async () => {
    const rotary = { ...plainRotary, width: 2, frequencies: [0.5], factor: 10 };
    const turned = tf.tidy(() => {
      return rotate(tf.tensor2d([[1, 2, 3, 4]]), rotationAt(rotary, { width: 4, batch: 1 }, tf.tensor1d([2])));
    });
    const [cos, sin] = [10 * Math.cos(1), 10 * Math.sin(1)];
    await expectTensorClose(turned, [[[cos - 2 * sin, 2 * cos + sin, 3, 4]]], 1e-5);
    turned.dispose();
  });
});

describeBackends('masks', () => {
  it('hide what lies before a window', async () => {
    const masks = tf.tidy(() => {
      const given = paddingMask([1], 4);
      return [
        tf.less(windowedMask(undefined, { time: 3, length: 4, window: 2 }) as tf.Tensor, -1e8),
        tf.less(windowedMask(given, { time: 1, length: 4, window: 3 }) as tf.Tensor, -1e8),
      ];
    });
    expect(await masks[0]?.array()).toEqual([
      [
        [
          [0, 0, 0, 0],
          [1, 0, 0, 0],
          [1, 1, 0, 0],
        ],
      ],
    ]);
    expect(await masks[1]?.array()).toEqual([[[[1, 0, 0, 0]]]]);
    expect(windowedMask(undefined, { time: 3, length: 4, window: 4 })).toBeUndefined();
    expect(windowedMask(undefined, { time: 3, length: 4, window: null })).toBeUndefined();
    tf.dispose(masks);
  });

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

  it('refuses rows that the positions of the model do not reach', () => {
    const learned = parseModelConfig({
      model_type: 'gpt2',
      vocab_size: 5,
      n_positions: 4,
      n_embd: 4,
      n_layer: 1,
      n_head: 1,
    });
    const long = smallConfig({
      model_type: 'phi3',
      rope_scaling: { type: 'longrope', short_factor: [1, 1], long_factor: [2, 4] },
      original_max_position_embeddings: 4,
    });
    tf.tidy(() => {
      const tokens = tf.zeros<tf.Rank.R2>([1, 5], 'int32');
      const batch = { tokens, attentionMask: tokens };
      expect(() => forwardHidden(learned, {}, batch)).toThrow(/rows of 5 tokens exceed the 4 positions/);
      const packed = { ...batch, packing: { segments: tokens, positions: tokens } };
      expect(() => forwardHidden(long, {}, packed)).toThrow(/both sides of the 4 .*at most 4 tokens/s);
    });
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
