import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { BackendName } from '../backend/backend-choice.ts';
import { kernelCalls } from '../compile/operations/kernel-calls.ts';
import { floats } from '../compile/operations/kernel-calls/call-inputs.ts';
import { gradientOfCall } from '../compile/operations/kernel-calls/gradient-of-call.ts';
import { type GivenTensors, type KernelCall, kernelCall } from '../compile/operations/kernel-calls/kernel-call.ts';
import { describeBackends } from '../testing/describe-backends.ts';
import { tf } from '../tf.ts';

/** Σ y² over the results of a call that have numbers, as `gradientOfCall` differentiates it. */
function value({ call }: KernelCall, inputs: readonly tf.Tensor[]): number {
  return tf.tidy(() => {
    const results = [call(...(inputs as GivenTensors))].flat().filter(({ dtype }) => dtype === 'float32');
    return results.flatMap((result) => [...result.dataSync()]).reduce((sum, y) => sum + y * y, 0);
  });
}

const step = 1e-3;

/** The slope of `value` along one element of an input. */
function slope(entry: KernelCall, inputs: readonly tf.Tensor[], [place, element]: readonly [number, number]): number {
  const [low, high] = [-step, step].map((difference) => {
    const moved = (input: tf.Tensor): tf.Tensor => {
      const numbers = Float32Array.from(input.dataSync());
      numbers[element] = (numbers[element] as number) + difference;
      return tf.tensor(numbers, input.shape);
    };
    return tf.tidy(() =>
      value(
        entry,
        inputs.map((input, i) => (i === place ? moved(input) : input)),
      ),
    );
  }) as [number, number];
  return (high - low) / (2 * step);
}

/** Fails unless the gradient has these slopes at up to a dozen elements of each input, to 1 % of its length. */
function expectRightGradient(entry: KernelCall): void {
  tf.tidy(() => {
    const inputs = entry.inputs();
    const misses: string[] = [];
    for (const [name, gradient] of Object.entries(gradientOfCall(entry, inputs))) {
      const place = Number(name.slice('input'.length));
      const slopes = [...gradient.dataSync()];
      const tolerance = 0.01 * Math.max(1, Math.hypot(...slopes));
      for (let element = 0; element < slopes.length; element += Math.ceil(slopes.length / 12)) {
        const [actual, expected] = [slopes[element] as number, slope(entry, inputs, [place, element])];
        if (!(Math.abs(actual - expected) <= tolerance)) misses.push(`${name}[${element}] ${actual}, not ${expected}`);
      }
    }
    expect(misses).toEqual([]);
  });
}

/** Kernels whose gradients a backend lacks or has wrong: there they are errors. */
const errors: Partial<Record<BackendName, readonly string[]>> = {
  cpu: ['MaxPool3D'],
  wasm: ['Conv2D', 'Conv3D', 'DepthwiseConv2dNative', 'FusedConv2D', 'FusedDepthwiseConv2D'],
};

/** Shapes to draw calls from: `small` broadcasts to `large`. */
interface Drawn {
  readonly large: readonly number[];
  readonly dropped: number;
  readonly ones: readonly boolean[];
  readonly swap: boolean;
  readonly axis: number;
  readonly otherAxis: number;
  readonly flags: readonly [boolean, boolean];
  readonly operation: keyof typeof operations;
}

type Draw = Pick<Drawn, 'axis' | 'flags'> & { readonly axes: number[] };

/** Of tensors that broadcast; the first has at least one axis. */
const operations = {
  add: tf.add,
  subtract: tf.sub,
  multiply: tf.mul,
  divide: (a, b) => tf.div(a, tf.add(b, 2)),
  power: (a, b) => tf.pow(tf.add(a, 1.5), b),
  powerOfNegatives: (a, _, { flags }) => tf.pow(a, flags[0] ? 3 : 2),
  arcTangent: (a, b) => tf.atan2(tf.add(a, 2), b),
  maximum: tf.maximum,
  minimum: tf.minimum,
  squaredDifference: tf.squaredDifference,
  choice: (a, b) => tf.where(tf.greater(a, b), tf.square(a), tf.mul(a, b)),
  slopes: (a, b) => tf.prelu(tf.broadcastTo(a, tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape)), b),
  sum: (a, _, { axes, flags }) => tf.sum(a, axes, flags[0]),
  mean: (a, _, { axes, flags }) => tf.mean(a, axes, flags[0]),
  product: (a, _, { axes, flags }) => tf.prod(a, axes, flags[0]),
  largest: (a, _, { axes, flags }) => tf.max(a, axes, flags[0]),
  smallest: (a, _, { axes, flags }) => tf.min(a, axes, flags[0]),
  logSumOfExponentials: (a, _, { axes, flags }) => tf.logSumExp(a, axes, flags[0]),
  length: (a, _, { axis, flags }) => tf.norm(tf.add(a, 2), 'euclidean', axis, flags[0]),
  moments: (a, _, { axes, flags }) => tf.moments(a, axes, flags[0]).variance,
  cumulativeSum: (a, _, { axis, flags }) => tf.cumsum(a, axis, ...flags),
  softmax: (a) => tf.softmax(a),
  logSoftmax: (a) => tf.logSoftmax(a),
  tile: (a, _, { axis }) =>
    tf.tile(
      a,
      a.shape.map((_, i) => (i % a.rank === axis ? 3 : 2 - (i % 2))),
    ),
  reverse: (a, _, { axes }) => tf.reverse(a, axes),
  transpose: (a, _, { axis }) => tf.transpose(a, rotated(a.rank, axis)),
  concat: (a, _, { axis }) => tf.concat([a, tf.square(a)], axis),
  stack: (a, _, { axis }) => tf.stack([a, tf.square(a)], axis),
  unstack: (a, _, { axis, flags }) => tf.unstack(a, flags[0] ? axis : axis - a.rank).map((part) => tf.square(part)),
  split: (a, _, { axis }) => tf.split(a, a.shape[axis] as number, axis).map((part) => tf.square(part)),
  slice: (a, _, { axis }) => {
    const begin = a.shape.map((size, i) => (i === axis && size > 1 ? 1 : 0));
    return tf.slice(a, begin, -1);
  },
  pad: (a, _, { axis }) =>
    tf.pad(
      a,
      a.shape.map((_, i): [number, number] => (i === axis ? [2, 1] : [0, 1])),
    ),
  mirror: (a, _, { flags }) =>
    tf.mirrorPad(
      a,
      a.shape.map((size): [number, number] => (flags[0] ? [size - 1, Math.min(1, size - 1)] : [1, size])),
      flags[0] ? 'reflect' : 'symmetric',
    ),
  gather: (a, _, { axis }) => tf.gather(a, tf.tensor1d([(a.shape[axis] as number) - 1, 0, 0], 'int32'), axis),
  products: (a, b) => tf.matMul(tf.expandDims(a, -1), b.rank === 0 ? tf.reshape(b, [1, 1]) : tf.expandDims(b, -2)),
  normalized: (a, _, { flags }) => {
    const [mean, variance] = [tf.mean(a), tf.mean(tf.square(a))];
    const channels = a.shape.at(-1) as number;
    const perChannel = (numbers: tf.Tensor): tf.Tensor1D => tf.tile(tf.reshape<tf.Rank.R1>(numbers, [1]), [channels]);
    const scale = flags[0] ? perChannel(mean) : undefined;
    const rows = tf.reshape<tf.Rank.R2>(a, [-1, channels]);
    return tf.batchNorm(rows, perChannel(mean), perChannel(variance), undefined, scale, 0.1);
  },
} satisfies Readonly<Record<string, (a: tf.Tensor, b: tf.Tensor, draw: Draw) => tf.Tensor | tf.Tensor[]>>;

function rotated(rank: number, by: number): number[] {
  return Array.from({ length: rank }, (_, i) => (i + by) % rank);
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  large: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
  dropped: fc.nat(4),
  ones: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  swap: fc.boolean(),
  axis: fc.nat(3),
  otherAxis: fc.nat(3),
  flags: fc.tuple(fc.boolean(), fc.boolean()),
  operation: fc.constantFrom(...(Object.keys(operations) as (keyof typeof operations)[])),
});

function drawnCall({ large, dropped, ones, swap, axis, otherAxis, flags, operation }: Drawn): KernelCall {
  const small = large.map((size, i) => (ones[i] === true ? 1 : size)).slice(dropped);
  const shapes = swap && small.length > 0 ? [small, large] : [large, small];
  const rank = (shapes[0] as number[]).length;
  const draw: Draw = { axis: axis % rank, axes: [...new Set([axis % rank, otherAxis % rank])], flags };
  return kernelCall(
    [operation, ''],
    () => shapes.map((shape, place) => floats([...shape], place)),
    (a, b) => operations[operation](a, b, draw),
  );
}

describeBackends('gradients by finite differences', (backend) => {
  const unavailable = errors[backend] ?? [];
  const withGradients = kernelCalls.filter(({ gradient }) => gradient);

  it.each(withGradients.filter(({ kernel }) => !unavailable.includes(kernel)))('$kernel, $name', (entry) => {
    expectRightGradient(entry);
  });

  it.each(withGradients.filter(({ kernel }) => unavailable.includes(kernel)))('$kernel, $name: an error', (entry) => {
    expect(() => {
      expectRightGradient(entry);
    }).toThrow(/not registered for|wrongly on/);
  });

  it('random operations, shapes and axes', () => {
    fc.assert(
      fc.property(drawn, (draw) => {
        expectRightGradient(drawnCall(draw));
      }),
      { numRuns: 150, seed: 7 },
    );
  });
});
