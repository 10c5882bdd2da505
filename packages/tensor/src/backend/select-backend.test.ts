import { expect, it } from 'vitest';
import { tf } from '../tf.ts';
import { autoOrder, selectBackend } from './select-backend.ts';

it.each(['wasm', 'cpu'] as const)('activates %s by name and says so', async (backend) => {
  const choice = await selectBackend({ backend });
  expect(choice).toMatchObject({
    name: backend,
    tfjsBackendName: backend,
    tried: [],
    threads: expect.any(Number) as number,
  });
  expect(choice.reason).toMatch(/^asked for by name: .+/);
  expect(choice.reason).not.toContain('\n');
  expect(choice.libraryVersion).toMatch(/^tfjs-backend-\w+ 4\.22\.0$/);
  expect(tf.getBackend()).toBe(backend);
  // A tensor works and nothing is printed: the console check of the test setup would fail.
  const [sum] = await tf.tidy(() => tf.sum(tf.tensor1d([1, 2, 3]))).data();
  expect(sum).toBe(6);
});

it('takes the first of the order that loads, and keeps the reasons of those before it', async () => {
  const choice = await selectBackend();
  expect(choice.tried.map(({ name }) => name)).toEqual(autoOrder.slice(0, autoOrder.indexOf(choice.name)));
  expect(choice.tried.every(({ reason }) => reason.length > 0)).toBe(true);
  expect(choice.reason).toMatch(/^the first that loads: .+/);
});

it('moves tensors along when the backend changes', async () => {
  await selectBackend({ backend: 'cpu' });
  const tensor = tf.tensor1d([1, 2]);
  await selectBackend({ backend: 'wasm' });
  const double = tf.mul(tensor, 2);
  expect([...(await double.data())]).toEqual([2, 4]);
  tf.dispose([tensor, double]);
});
