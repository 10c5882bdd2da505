import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { expect, it } from 'vitest';
import { selectBackend } from '../backend/select-backend.ts';
import { tf } from '../tf.ts';

it('refuses to compute once the memory of WebAssembly is full', async () => {
  await selectBackend({ backend: 'wasm' });
  const backend = tf.backend() as BackendWasm;
  const taken: tf.TensorInfo[] = [];
  // Nothing is written, so none of it becomes memory of the machine.
  const take = (): unknown => taken.push(backend.makeOutput([250_000_000], 'float32'));
  expect(() => {
    for (let i = 0; i < 5; i++) take();
  }).toThrow('1000000000 bytes do not fit into the 4 GiB');
  for (const { dataId } of taken) backend.disposeData(dataId);
  const sum = tf.tidy(() => tf.sum(tf.ones([10])));
  expect((await sum.data())[0]).toBe(10);
  sum.dispose();
});
