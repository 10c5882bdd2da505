import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectBackend, tf } from '@rlloom/tensor';
import { expect, it } from 'vitest';
import { readTensors, writeTensors } from './tensor-file.ts';

it.each(['wasm', 'cpu'] as const)('%s gets tensors of every size whole', async (backend) => {
  const path = join(await mkdtemp(join(tmpdir(), 'rlloom-read-')), 'a.safetensors');
  const values = (size: number) => Float32Array.from({ length: size }, (_, i) => (i % 10007) - 5000);
  await selectBackend({ backend: 'cpu' });
  // 2^22 numbers go at once; more by rows, the last piece being smaller, and a row beyond it on its own.
  const shapes = {
    scalar: [],
    empty: [0, 3],
    small: [2, 3],
    exact: [2 ** 22],
    rows: [4200, 1001],
    wide: [1, 2 ** 22 + 1],
  };
  const stored = Object.entries(shapes).map(([name, shape]) => {
    return [name, tf.tensor(values(shape.reduce((a, b) => a * b, 1)), shape)] as const;
  });
  await writeTensors(path, Object.fromEntries(stored));
  tf.dispose(Object.fromEntries(stored));

  await selectBackend({ backend });
  const before = tf.memory().numTensors;
  const tensors = await readTensors(path);
  expect(tf.memory().numTensors - before).toBe(6);
  for (const [name, shape] of Object.entries(shapes)) {
    const { [name]: tensor } = tensors;
    expect(tensor?.shape).toEqual(shape);
    const expected = values(tensor?.size ?? 0);
    const actual = (await tensor?.data()) as Float32Array;
    expect(Buffer.from(actual.slice().buffer).equals(Buffer.from(expected.buffer)), name).toBe(true);
  }
  tf.dispose(tensors);
});
