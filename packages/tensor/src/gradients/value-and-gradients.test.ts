import { expect, it } from 'vitest';
import { selectBackend, tf, valueAndGradients } from '../index.ts';

it('gives zeros where a parameter takes no part', async () => {
  await selectBackend({ backend: 'wasm' });
  const parameters = { w: tf.tensor1d([1, 2]), unused: tf.tensor1d([3]) };
  const before = tf.memory().numTensors;
  const { value, aux, gradients } = valueAndGradients(({ w }) => {
    const squares = tf.square(w as tf.Tensor);
    return { value: tf.sum(squares), aux: { squares } };
  }, parameters);
  expect(await value.data()).toEqual(new Float32Array([5]));
  expect(await aux['squares']?.data()).toEqual(new Float32Array([1, 4]));
  expect(await gradients['w']?.data()).toEqual(new Float32Array([2, 4]));
  expect(await gradients['unused']?.data()).toEqual(new Float32Array([0]));
  tf.dispose([value, aux, gradients]);
  expect(tf.memory().numTensors).toBe(before);
});
