import { expect, it } from 'vitest';
import { selectBackend } from '../backend/select-backend.ts';
import { tf } from '../tf.ts';

it('computes on memory of its own when one thread is asked for', async () => {
  expect(await selectBackend({ backend: 'wasm', threads: 1 })).toMatchObject({ threads: 1 });
  const { HEAPU8 } = (tf.backend() as unknown as { readonly wasm: { readonly HEAPU8: Uint8Array } }).wasm;
  expect(HEAPU8.buffer).toBeInstanceOf(ArrayBuffer);
  const product = tf.tidy(() => tf.matMul(tf.ones([200, 300]), tf.fill([200, 300], 0.5), false, true));
  expect([...(await product.data())].every((value) => value === 150)).toBe(true);
  product.dispose();
});
