import { tf, valueAndGradients } from '@rlloom/tensor';
import { describeBackends, expectNoLeaks, expectTensorClose } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import { project } from './project.ts';

// W + s·B·A = [[1, 2], [3, 4]] + 2·[[1], [−1]]·[[1, 0.5]] = [[3, 3], [1, 3]]
const plain = () => ({
  'q_proj.weight': tf.tensor2d([
    [1, 2],
    [3, 4],
  ]),
  'q_proj.bias': tf.tensor1d([10, 20]),
});
const change = () => ({
  'q_proj.lora_A.weight': tf.tensor2d([[1, 0.5]]),
  'q_proj.lora_B.weight': tf.tensor2d([[1], [-1]]),
  'q_proj.lora_scaling': tf.scalar(2),
});
const x = () =>
  tf.tensor2d([
    [1, 0],
    [0, 1],
    [2, -1],
  ]);

describeBackends('project', () => {
  it('is the linear layer where nothing changes it', async () => {
    const y = tf.tidy(() => project(plain(), { name: 'q_proj' }, x()));
    await expectTensorClose(y, [
      [11, 23],
      [12, 24],
      [10, 22],
    ]);
    y.dispose();
  });

  it('adds the low-rank change, scaled', async () => {
    const y = tf.tidy(() => project({ ...plain(), ...change() }, { name: 'q_proj' }, x()));
    await expectTensorClose(y, [
      [13, 21],
      [13, 23],
      [13, 19],
    ]);
    y.dispose();
  });

  it('scales each output to its magnitude over the length of its row, the bias left out', async () => {
    const magnitude = () => ({ 'q_proj.lora_magnitude_vector': tf.tensor1d([Math.sqrt(18), 2 * Math.sqrt(10)]) });
    const y = tf.tidy(() => project({ ...plain(), ...change(), ...magnitude() }, { name: 'q_proj' }, x()));
    await expectTensorClose(
      y,
      [
        [13, 22],
        [13, 26],
        [13, 18],
      ],
      1e-5,
    );
    y.dispose();
  });

  it('sends gradients to the change as to a product of matrices, and none through the length of a row', async () => {
    // L = Σ y: ∂L/∂m_o = Σ_n (x·W'ᵀ)_no / ‖W'_o‖; ∂L/∂B_o = s·m_o/‖W'_o‖ · Σ_n x_n·A; ∂L/∂A = Σ_o s·(m_o/‖W'_o‖)·B_o · Σ_n x_n.
    const { lora_magnitude_vector: m, ...rest } = {
      lora_magnitude_vector: tf.tensor1d([Math.sqrt(18), 2 * Math.sqrt(10)]),
      ...change(),
    };
    const constant = { ...plain(), 'q_proj.lora_scaling': rest['q_proj.lora_scaling'] };
    const trained = {
      A: rest['q_proj.lora_A.weight'],
      B: rest['q_proj.lora_B.weight'],
      m,
    };
    const input = x();
    const { value, gradients } = valueAndGradients(
      ({ A, B, m }) => ({
        value: tf.sum(
          project(
            {
              ...constant,
              'q_proj.lora_A.weight': A as tf.Tensor,
              'q_proj.lora_B.weight': B as tf.Tensor,
              'q_proj.lora_magnitude_vector': m as tf.Tensor,
            },
            { name: 'q_proj' },
            input,
          ),
        ),
      }),
      trained,
    );
    // Σ x = (3, 0); Σ x·A = 3; Σ x·W'ᵀ = (9, 3).
    await expectTensorClose(gradients['m'] as tf.Tensor, [9 / Math.sqrt(18), 3 / Math.sqrt(10)], 1e-5);
    await expectTensorClose(gradients['B'] as tf.Tensor, [[6], [12]], 1e-5);
    await expectTensorClose(gradients['A'] as tf.Tensor, [[2 * (1 - 2) * 3, 0]], 1e-5);
    tf.dispose([constant, trained, input, value, gradients]);
  });

  it('leaks nothing', async () => {
    const layer = { ...plain(), ...change(), 'q_proj.lora_magnitude_vector': tf.tensor1d([1, 2]) };
    const input = x();
    await expectNoLeaks(() => tf.tidy(() => project(layer, { name: 'q_proj' }, input)));
    expect(layer['q_proj.weight'].isDisposed).toBe(false);
    tf.dispose([layer, input]);
  });
});
