import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { selectBackend } from '../backend/select-backend.ts';
import { tf } from '../tf.ts';
import { loadSimdKernels, type SimdKernels } from './simd-kernels.ts';
import { addressOf } from './wasm-kernel.ts';

let backend: BackendWasm;
let alone: SimdKernels;
let together: SimdKernels;
beforeAll(async () => {
  expect(await selectBackend({ backend: 'wasm', threads: 3 })).toMatchObject({ threads: 3 });
  backend = tf.backend() as BackendWasm;
  [alone, together] = [1, 3].map((threads) => loadSimdKernels(backend, threads)) as [SimdKernels, SimdKernels];
});

interface Product {
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const sizes: readonly (readonly [number, number, number, number])[] = [
  [1, 517, 131, 67],
  [1, 67, 517, 131],
  [1, 33, 300, 300],
  [2, 200, 70, 150],
  [40, 49, 47, 33],
  [1, 128, 520, 1030],
  [1, 1200, 1200, 2],
];
const products = sizes.flatMap(([batch, m, n, k]) =>
  [false, true].flatMap((transposeA) =>
    [false, true].map((transposeB): Product => ({ batch, m, n, k, transposeA, transposeB })),
  ),
);

const values = (size: number, offset: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(i + offset));

it.each(products)(
  'multiplies $batch × [$m, $k] by [$k, $n] ($transposeA, $transposeB) alike with helpers and without',
  async (product) => {
    const { batch, m, n, k, transposeA, transposeB } = product;
    expect(batch * m * n * k * 2, 'large enough for helpers').toBeGreaterThan(4e6);
    const [a, b] = [values(batch * m * k, 0), values(batch * k * n, 1)];
    const [tensorA, tensorB] = [tf.tensor1d(a), tf.tensor1d(b)];
    const outputs = [alone, together].map((kernels) => {
      const out = tf.fill([batch * m * n], Number.NaN);
      const [atA, atB, atOut] = [tensorA, tensorB, out].map((tensor) => addressOf(backend, tensor)) as [
        number,
        number,
        number,
      ];
      kernels.multiply(batch, m, n, k, atA, m * k, transposeA, atB, k * n, transposeB, atOut);
      return out;
    });
    const [expected, actual] = (await Promise.all(outputs.map((out) => out.data()))) as [Float32Array, Float32Array];
    expect(Buffer.compare(new Uint8Array(actual.buffer), new Uint8Array(expected.buffer))).toBe(0);
    for (const [row, column] of [
      [0, 0],
      [m - 1, n - 1],
      [m >> 1, n >> 1],
    ] as const) {
      const last = batch - 1;
      let sum = 0;
      for (let i = 0; i < k; i++) {
        const fromA = a[last * m * k + (transposeA ? i * m + row : row * k + i)] as number;
        sum += fromA * (b[last * k * n + (transposeB ? column * k + i : i * n + column)] as number);
      }
      expect(actual[last * m * n + row * n + column]).toBeCloseTo(sum, 3);
    }
    tf.dispose([tensorA, tensorB, outputs]);
  },
);

it('keeps jobs apart when they follow one another at once', async () => {
  const identity = tf.eye(128);
  // 128 × 128 × 128 and more each: every product wakes the helpers, who may still be leaving the one before.
  const result = tf.tidy(() => {
    let x: tf.Tensor = tf.tensor2d(values(128 * 128, 5), [128, 128]);
    for (let i = 0; i < 400; i++) x = tf.matMul(x, identity);
    return x;
  });
  expect(await result.data()).toEqual(values(128 * 128, 5));
  tf.dispose([identity, result]);
});

it('multiplies matrices of any small shape, in all four layouts', async () => {
  const size = fc.integer({ min: 1, max: 21 });
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        batch: fc.integer({ min: 1, max: 3 }),
        m: size,
        n: fc.oneof(size, fc.integer({ min: 1, max: 70 })),
        k: fc.oneof(size, fc.constant(300), fc.constant(1030)),
      }),
      fc.boolean(),
      fc.boolean(),
      async ({ batch, m, n, k }, transposeA, transposeB) => {
        const [a, b] = [values(batch * m * k, 2), values(batch * k * n, 3)];
        const product = tf.tidy(() =>
          tf.matMul(
            tf.tensor3d(a, transposeA ? [batch, k, m] : [batch, m, k]),
            tf.tensor3d(b, transposeB ? [batch, n, k] : [batch, k, n]),
            transposeA,
            transposeB,
          ),
        );
        const expected = Float32Array.from({ length: batch * m * n }, (_, at) => {
          const [item, row, column] = [Math.floor(at / (m * n)), Math.floor(at / n) % m, at % n];
          let sum = 0;
          for (let i = 0; i < k; i++) {
            const fromA = a[item * m * k + (transposeA ? i * m + row : row * k + i)] as number;
            sum += fromA * (b[item * k * n + (transposeB ? column * k + i : i * n + column)] as number);
          }
          return sum;
        });
        const actual = await product.data();
        product.dispose();
        expect(expected.findIndex((want, i) => !(Math.abs(want - (actual[i] as number)) < 1e-3))).toBe(-1);
      },
    ),
    { numRuns: 300 },
  );
});
