import { tf } from '../tf.ts';

/** How fast the active backend is. */
export interface BackendSpeed {
  /** Billions of floating-point operations per second in a product of float32 matrices. */
  readonly gflops: number;
  /** Rows of the square matrices that were multiplied. */
  readonly matrixSize: number;
  /** How often the product was timed; `gflops` is of the median. */
  readonly repetitions: number;
  /** Microseconds an operation on a few numbers takes: what every operation costs beside its arithmetic. */
  readonly microsecondsPerOperation: number;
}

const sizes = [256, 512, 1024] as const;
const repetitions = 5;

/**
 * Measures the active backend: the median of five matrix products, of the largest size up to 1024 whose product takes
 * less than a quarter of a second, and the cost of a small operation. Takes a second or two.
 */
export async function measureBackend(): Promise<BackendSpeed> {
  let best = { matrixSize: 0, milliseconds: 0 };
  for (const matrixSize of sizes) {
    best = { matrixSize, milliseconds: await medianProduct(matrixSize) };
    // The next size takes eight times as long.
    if (best.milliseconds * 8 > 250) break;
  }
  const { matrixSize, milliseconds } = best;
  const gflops = (2 * matrixSize ** 3) / (milliseconds * 1e6);
  return { gflops, matrixSize, repetitions, microsecondsPerOperation: await smallOperation() };
}

async function medianProduct(size: number): Promise<number> {
  const [a, b] = [tf.fill([size, size], 0.5), tf.fill([size, size], 0.25)];
  const product = (): Promise<number> => timeOf(() => tf.matMul(a, b));
  await product();
  const times: number[] = [];
  for (let i = 0; i < repetitions; i++) times.push(await product());
  tf.dispose([a, b]);
  return median(times);
}

async function smallOperation(): Promise<number> {
  const count = 200;
  const x = tf.ones([16]);
  const chain = (): tf.Tensor => {
    let sum: tf.Tensor = x;
    for (let i = 0; i < count; i++) sum = tf.add(sum, x);
    return sum;
  };
  const times: number[] = [];
  for (let i = 0; i <= repetitions; i++) times.push(await timeOf(chain));
  x.dispose();
  return (median(times) / count) * 1000;
}

/** Milliseconds until the result of `f` is there; on a GPU the call alone returns before. */
async function timeOf(f: () => tf.Tensor): Promise<number> {
  const start = performance.now();
  const result = tf.tidy(f);
  await result.data();
  const milliseconds = performance.now() - start;
  result.dispose();
  return milliseconds;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}
