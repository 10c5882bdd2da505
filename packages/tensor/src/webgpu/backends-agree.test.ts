import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../backend/select-backend.ts';
import { valueAndGradients } from '../gradients/value-and-gradients.ts';
import { loadNativeBackend } from '../native/load-native-backend.ts';
import { provisionNativeBackend } from '../native/provision-native-backend.ts';
import type { ParameterTree } from '../parameter-tree.ts';
import { tf } from '../tf.ts';
import { loadWebgpuBackend, releaseWebgpuBackend } from './load-webgpu-backend.ts';

// One transformer block with embedding and output: every operation a language model's update uses.
const [B, T, D, H, F, V] = [2, 8, 16, 2, 32, 24];

const shapes: Readonly<Record<string, number[]>> = {
  embedding: [V, D],
  query: [D, D],
  key: [D, D],
  value: [D, D],
  output: [D, D],
  gate: [D, F],
  up: [D, F],
  down: [F, D],
  attentionNorm: [D],
  mlpNorm: [D],
};

/** Reproducible values around zero, or around one for the norms. */
function parametersOf(): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape], seed) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const offset = name.endsWith('Norm') ? 1 : 0;
      return [
        name,
        tf.tensor(
          Float32Array.from({ length: size }, (_, i) => offset + 0.3 * Math.sin(7 * i + 13 * seed + 1)),
          shape,
        ),
      ];
    }),
  );
}

function lossOf(p: ParameterTree): tf.Scalar {
  const ids = tf.tensor2d(
    Array.from({ length: B * T }, (_, i) => (i * 5) % V),
    [B, T],
    'int32',
  );
  const targets = tf.tensor1d(
    Array.from({ length: B * T }, (_, i) => (i * 11 + 3) % V),
    'int32',
  );
  const mask = tf.tensor2d(
    Array.from({ length: T * T }, (_, i) => (i % T > Math.floor(i / T) ? -1e9 : 0)),
    [T, T],
  );
  const get = (name: string): tf.Tensor => p[name] as tf.Tensor;
  const norm = (x: tf.Tensor, name: string): tf.Tensor =>
    tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-6))), get(name));
  const linear = (x: tf.Tensor, name: string): tf.Tensor => {
    const [rows, columns] = shapes[name] as [number, number];
    return tf.reshape(tf.matMul(tf.reshape(x, [B * T, rows]), get(name)), [B, T, columns]);
  };
  const heads = (x: tf.Tensor): tf.Tensor => tf.transpose(tf.reshape(x, [B, T, H, D / H]), [0, 2, 1, 3]);

  let x: tf.Tensor = tf.gather(get('embedding'), ids);
  const a = norm(x, 'attentionNorm');
  const scores = tf.div(tf.matMul(heads(linear(a, 'query')), heads(linear(a, 'key')), false, true), Math.sqrt(D / H));
  const attended = tf.matMul(tf.softmax(tf.add(scores, mask)), heads(linear(a, 'value')));
  x = tf.add(x, linear(tf.reshape(tf.transpose(attended, [0, 2, 1, 3]), [B, T, D]), 'output'));
  const m = norm(x, 'mlpNorm');
  const gate = linear(m, 'gate');
  x = tf.add(x, linear(tf.mul(tf.mul(gate, tf.sigmoid(gate)), linear(m, 'up')), 'down'));
  const logProbs = tf.logSoftmax(tf.matMul(tf.reshape(x, [B * T, D]), get('embedding'), false, true));
  return tf.neg(tf.mean(tf.sum(tf.mul(tf.oneHot(targets, V), logProbs), -1)));
}

async function lossAndGradients(): Promise<Record<string, number[]>> {
  const parameters = parametersOf();
  const { value, gradients } = valueAndGradients((p) => ({ value: lossOf(p) }), parameters);
  const found: Record<string, number[]> = { loss: Array.from(await value.data()) };
  for (const [name, gradient] of Object.entries(gradients)) found[name] = Array.from(await gradient.data());
  tf.dispose([value, gradients, parameters]);
  return found;
}

function expectClose(actual: Record<string, number[]>, expected: Record<string, number[]>): void {
  for (const [name, values] of Object.entries(expected)) {
    const largest = Math.max(...values.map(Math.abs));
    const error = Math.max(...values.map((v, i) => Math.abs(v - (actual[name]?.[i] ?? Number.NaN))));
    expect(error / largest, `largest relative error of ${name}`).toBeLessThan(1e-4);
  }
}

let expected: Record<string, number[]> = {};
beforeAll(async () => {
  await selectBackend({ backend: 'cpu' });
  expected = await lossAndGradients();
});
afterAll(releaseWebgpuBackend);

it('has a loss and gradients worth comparing', () => {
  expect(expected['loss']?.[0]).toBeGreaterThan(2);
  for (const values of Object.values(expected)) expect(Math.max(...values.map(Math.abs))).toBeGreaterThan(1e-4);
});

const native = process.env['RLLOOM_TEST_NATIVE'] === '1';
describe.skipIf(!native)(`tfjs-node${native ? '' : ' (skipped: RLLOOM_TEST_NATIVE is not 1)'}`, () => {
  beforeAll(() => provisionNativeBackend({ kind: 'cpu' }), 1_800_000);

  it('computes the gradients of the plain JavaScript backend', async () => {
    expect(await loadNativeBackend({ kind: 'cpu' })).toMatchObject({ loaded: true, tfjsBackendName: 'tensorflow' });
    const before = tf.memory().numTensors;
    const actual = await lossAndGradients();
    expect(tf.memory().numTensors).toBe(before);
    expectClose(actual, expected);
  });
});

tf.env().set('PROD', true);
const webgpu = await loadWebgpuBackend();
describe.skipIf(!webgpu.loaded)(`webgpu${webgpu.loaded ? '' : ` (skipped: ${webgpu.reason})`}`, () => {
  it('computes the gradients of the plain JavaScript backend', async () => {
    await loadWebgpuBackend();
    const before = tf.memory().numTensors;
    const actual = await lossAndGradients();
    expect(tf.memory().numTensors).toBe(before);
    expectClose(actual, expected);
  });
});
