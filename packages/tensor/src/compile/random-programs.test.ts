import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../backend/select-backend.ts';
import { valueAndGradients } from '../gradients/value-and-gradients.ts';
import { testBackends } from '../testing/describe-backends.ts';
import { expectTensorClose } from '../testing/expect-tensor-close.ts';
import { tf } from '../tf.ts';
import { compile } from './compile.ts';

/** One step of a random program: which operation, on which of the results so far. */
interface Step {
  readonly operation: keyof typeof operations;
  readonly first: number;
  readonly second: number;
  /** An axis, by its place modulo how many there are. */
  readonly axis: number;
}

type Operation = (a: tf.Tensor, b: tf.Tensor, axis: number) => tf.Tensor;

/** Of any tensors; where two do not fit, the mean of the second takes its place. Values stay within a few units. */
const operations = {
  tanh: tf.tanh,
  sigmoid: tf.sigmoid,
  relu: tf.relu,
  square: (a) => tf.square(tf.tanh(a)),
  exponential: (a) => tf.exp(tf.tanh(a)),
  logarithm: (a) => tf.log(tf.add(tf.square(a), 1)),
  rsqrt: (a) => tf.rsqrt(tf.add(tf.square(a), 0.5)),
  add: (a, b) => tf.add(a, fitting(a, b)),
  subtract: (a, b) => tf.sub(fitting(a, b), a),
  multiply: (a, b) => tf.mul(tf.tanh(a), fitting(a, b)),
  divide: (a, b) => tf.div(a, tf.add(tf.square(fitting(a, b)), 1)),
  choose: (a, b) => tf.where(tf.greater(a, fitting(a, b)), a, tf.neg(a)),
  larger: (a, b) => tf.maximum(a, fitting(a, b)),
  smaller: (a, b) => tf.minimum(fitting(a, b), a),
  squaredDifference: (a, b) => tf.squaredDifference(tf.tanh(a), tf.tanh(fitting(a, b))),
  // Whole numbers in between.
  best: (a, _, axis) => (a.rank === 0 ? a : tf.mul(tf.mean(a), tf.cast(tf.argMax(a, axis), 'float32'))),
  product: (a) => {
    const matrix = tf.reshape(a, [-1, a.shape.at(-1) ?? 1]);
    return tf.div(tf.matMul(matrix, matrix, false, true), matrix.shape[1] as number);
  },
  productOfBoth: (a, b) => {
    const [column, row] = [tf.reshape(a, [a.size, 1]), tf.reshape(b, [1, b.size])];
    return tf.tanh(tf.matMul(column, row));
  },
  sum: (a, _, axis) => (a.rank === 0 ? a : tf.sum(a, axis, true)),
  mean: (a, _, axis) => (a.rank === 0 ? a : tf.mean(a, axis)),
  max: (a, _, axis) => (a.rank === 0 ? a : tf.max(a, axis)),
  allProducts: (a, _, axis) => (a.rank === 0 ? a : tf.prod(tf.tanh(a), axis)),
  cumulativeSum: (a, _, axis) => (a.rank === 0 ? a : tf.tanh(tf.cumsum(a, axis - a.rank))),
  softmax: (a) => (a.rank === 0 ? a : tf.softmax(a)),
  logSoftmax: (a) => (a.rank === 0 ? a : tf.tanh(tf.logSoftmax(a))),
  transpose: (a) => tf.transpose(a),
  flatten: (a) => tf.reshape(a, [a.size]),
  reverse: (a, _, axis) => (a.rank === 0 ? a : tf.reverse(a, axis)),
  stack: (a, b) => tf.stack([tf.mean(a), tf.mean(b), tf.max(a)]),
  concat: (a, _, axis) => (a.rank === 0 ? a : tf.concat([a, tf.neg(a)], axis)),
  slice: (a, _, axis) => {
    const length = a.shape[axis] ?? 1;
    if (length === 1) return a;
    const begin = a.shape.map((__, i) => (i === axis ? 1 : 0));
    return tf.slice(
      a,
      begin,
      a.shape.map((size, i) => (i === axis ? length - 1 : size)),
    );
  },
  gather: (a, _, axis) => {
    if (a.rank === 0) return a;
    return tf.gather(a, tf.tensor1d([(a.shape[axis] as number) - 1, 0, 0], 'int32'), axis);
  },
  tile: (a, _, axis) =>
    tf.tile(
      a,
      a.shape.map((__, i) => (i === axis ? 2 : 1)),
    ),
  pad: (a) => (a.rank === 1 ? tf.pad(a, [[1, 2]], 0.5) : a),
  split: (a) => {
    if (a.rank === 0 || a.shape[0] === 1) return a;
    const [first, rest] = tf.split(a, [1, a.shape[0] - 1]) as [tf.Tensor, tf.Tensor];
    return tf.add(tf.mean(first), rest);
  },
  constant: (a) => tf.mul(a, tf.div(tf.range(1, 1 + (a.shape.at(-1) ?? 1)), 3)),
} satisfies Readonly<Record<string, Operation>>;

function fitting(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return b.shape.join() === a.shape.join() || b.shape.join() === a.shape.slice(1).join() ? b : tf.mean(b);
}

/** Larger than this, a result goes on as its mean along the first axis. */
const largest = 100;

function runSteps(steps: readonly Step[], inputs: readonly tf.Tensor[]): tf.Tensor {
  const results = [...inputs];
  for (const { operation, first, second, axis } of steps) {
    const a = results[first % results.length] as tf.Tensor;
    const b = results[second % results.length] as tf.Tensor;
    const result = operations[operation](a, b, a.rank === 0 ? 0 : axis % a.rank);
    results.push(result.size > largest ? tf.mean(result, 0) : result);
  }
  return results.at(-1) as tf.Tensor;
}

const step: fc.Arbitrary<Step> = fc.record({
  operation: fc.constantFrom(...(Object.keys(operations) as (keyof typeof operations)[])),
  first: fc.nat(1000),
  second: fc.nat(1000),
  axis: fc.nat(5),
});

const program = fc.record({
  shape: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
  steps: fc.array(step, { minLength: 1, maxLength: 12 }),
});

function firstInputs(shape: readonly number[]): Inputs {
  const numbers = (place: number): tf.Tensor => {
    const size = tf.util.sizeFromShape([...shape]);
    return tf.tensor(
      Float32Array.from({ length: size }, (_, i) => Math.sin(1 + place + 2.3 * i)),
      [...shape],
    );
  };
  return { x: numbers(0), y: numbers(5) };
}

type Inputs = Record<'x' | 'y', tf.Tensor>;

describe.skipIf(!testBackends.includes('tfjs-node'))('random programs (skipped without TensorFlow)', () => {
  beforeAll(async () => {
    await selectBackend({ backend: 'tfjs-node' });
  });

  it('have the same values and gradients, compiled and run at once', async () => {
    await fc.assert(
      fc.asyncProperty(program, async ({ shape, steps }) => {
        const f = (inputs: Inputs): Record<string, tf.Tensor> => {
          const { value, aux, gradients } = valueAndGradients(({ x, y }) => {
            const result = runSteps(steps, [x as tf.Tensor, y as tf.Tensor]);
            return { value: tf.sum(tf.square(result)), aux: { result } };
          }, inputs);
          return { value, ...aux, ...gradients };
        };
        const inputs = firstInputs(shape);
        const compiled = compile(f);
        const [expected, actual] = [tf.tidy(() => f(inputs)), await compiled(inputs)];
        for (const [name, tensor] of Object.entries(expected)) {
          const other = actual[name] as tf.Tensor;
          expect([name, ...other.shape]).toEqual([name, ...tensor.shape]);
          const flat = tf.reshape(other, [other.size]);
          await expectTensorClose(flat, await tensor.data(), 1e-5);
          flat.dispose();
        }
        compiled.dispose();
        tf.dispose([inputs, expected, actual]);
      }),
      { numRuns: 80, seed: 6 },
    );
  });
});
