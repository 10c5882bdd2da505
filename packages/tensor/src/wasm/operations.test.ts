import { describe, expect, it } from 'vitest';
import { selectBackend } from '../backend/select-backend.ts';
import { valueAndGradients } from '../gradients/value-and-gradients.ts';
import { expectNoLeaks } from '../testing/expect-no-leaks.ts';
import { tf } from '../tf.ts';

/** Values between -2 and 2 that differ from place to place, the same at each call. */
function values(shape: number[], offset = 0): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => 2 * Math.sin(1 + 37 * (i + offset))),
    shape,
  );
}
const positive = (shape: number[], offset = 0): tf.Tensor => tf.add(tf.abs(values(shape, offset)), 0.1);
const integers = (data: number[], shape: number[] = [data.length]): tf.Tensor => tf.tensor(data, shape, 'int32');
const flags = (shape: number[]): tf.Tensor => tf.greater(values(shape, 5), 0);

type Operation = readonly [
  name: string,
  inputs: () => tf.Tensor[],
  f: (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[],
];

/** Operations a model, a loss or an optimizer differentiates. */
const differentiable: Operation[] = [
  ['matMul', () => [values([5, 7]), values([7, 3])], (a, b) => tf.matMul(a, b)],
  ['matMul b transposed', () => [values([9, 70]), values([11, 70])], (a, b) => tf.matMul(a, b, false, true)],
  ['matMul a transposed', () => [values([6, 5]), values([6, 3])], (a, b) => tf.matMul(a, b, true)],
  ['matMul both transposed', () => [values([6, 5]), values([3, 6])], (a, b) => tf.matMul(a, b, true, true)],
  ['matMul batched', () => [values([2, 3, 4, 5]), values([2, 3, 6, 5])], (a, b) => tf.matMul(a, b, false, true)],
  ['matMul of one row', () => [values([3, 1, 8]), values([3, 8, 16])], (a, b) => tf.matMul(a, b)],
  ['matMul of many by one', () => [values([2, 3, 5]), values([5, 4])], (a, b) => tf.matMul(a, b)],
  [
    'matMul of many by one transposed',
    () => [values([2, 3, 5]), values([4, 5])],
    (a, b) => tf.matMul(a, b, false, true),
  ],
  ['matMul of one by many', () => [values([3, 5]), values([2, 5, 4])], (a, b) => tf.matMul(a, b)],
  ['gather rows', () => [values([6, 4])], (x) => tf.gather(x, integers([3, 0, 3, 5]))],
  ['gather rows by matrix', () => [values([6, 4])], (x) => tf.gather(x, integers([3, 0, 3, 5], [2, 2]))],
  ['gather columns', () => [values([3, 6])], (x) => tf.gather(x, integers([5, 1, 1]), 1)],
  ['gather per batch', () => [values([3, 6])], (x) => tf.gather(x, integers([5, 1, 2], [3, 1]), 1, 1)],
  ['softmax', () => [values([4, 9])], (x) => tf.softmax(x)],
  ['logSoftmax', () => [values([4, 9])], (x) => tf.logSoftmax(x)],
  ['logSumExp', () => [values([4, 9])], (x) => tf.logSumExp(x, -1)],
  ['sigmoid', () => [values([40])], (x) => tf.sigmoid(x)],
  ['logSigmoid', () => [values([40])], (x) => tf.logSigmoid(x)],
  ['softplus', () => [values([40])], (x) => tf.softplus(x)],
  ['tanh', () => [values([40])], (x) => tf.tanh(x)],
  ['erf', () => [values([40])], (x) => tf.erf(x)],
  ['relu', () => [values([40])], (x) => tf.relu(x)],
  ['elu', () => [values([40])], (x) => tf.elu(x)],
  ['silu', () => [values([40])], (x) => tf.mul(x, tf.sigmoid(x))],
  ['exp', () => [values([41])], (x) => tf.exp(x)],
  ['expm1', () => [values([41])], (x) => tf.expm1(x)],
  ['log', () => [positive([41])], (x) => tf.log(x)],
  ['log1p', () => [positive([41])], (x) => tf.log1p(x)],
  ['sqrt', () => [positive([41])], (x) => tf.sqrt(x)],
  ['rsqrt', () => [positive([41])], (x) => tf.rsqrt(x)],
  ['square', () => [values([41])], (x) => tf.square(x)],
  ['pow', () => [positive([41])], (x) => tf.pow(x, 1.5)],
  ['reciprocal', () => [positive([41])], (x) => tf.reciprocal(x)],
  ['abs', () => [values([41])], (x) => tf.abs(x)],
  ['neg', () => [values([41])], (x) => tf.neg(x)],
  ['sin and cos', () => [values([41])], (x) => tf.add(tf.sin(x), tf.cos(x))],
  ['clipByValue', () => [values([41])], (x) => tf.clipByValue(x, -0.5, 0.7)],
  ['add', () => [values([3, 4]), values([3, 4], 9)], (a, b) => tf.add(a, b)],
  ['add a row', () => [values([3, 4]), values([4], 9)], (a, b) => tf.add(a, b)],
  ['sub a column', () => [values([3, 4]), values([3, 1], 9)], (a, b) => tf.sub(a, b)],
  ['mul by a middle axis', () => [values([2, 3, 4]), values([2, 1, 4], 9)], (a, b) => tf.mul(a, b)],
  ['mul by a scalar', () => [values([3, 4]), values([], 9)], (a, b) => tf.mul(a, b)],
  ['div', () => [values([3, 4]), positive([4], 9)], (a, b) => tf.div(a, b)],
  ['maximum', () => [values([3, 4]), values([3, 4], 9)], (a, b) => tf.maximum(a, b)],
  ['minimum', () => [values([3, 4]), values([3, 4], 9)], (a, b) => tf.minimum(a, b)],
  ['squaredDifference', () => [values([3, 4]), values([3, 4], 9)], (a, b) => tf.squaredDifference(a, b)],
  ['addN', () => [values([3]), values([3], 9)], (a, b) => tf.addN([a, b])],
  ['where', () => [values([3, 4]), values([3, 4], 9)], (a, b) => tf.where(flags([3, 4]), a, b)],
  ['sum', () => [values([2, 3, 4])], (x) => tf.sum(x)],
  ['sum of rows', () => [values([2, 3, 4])], (x) => tf.sum(x, -1, true)],
  ['sum of columns', () => [values([37, 5])], (x) => tf.sum(x, 0)],
  ['sum of a middle axis', () => [values([2, 3, 4])], (x) => tf.sum(x, 1)],
  ['sum of outer axes', () => [values([2, 3, 4])], (x) => tf.sum(x, [0, 2])],
  ['mean', () => [values([2, 3, 4])], (x) => tf.mean(x)],
  ['mean of rows', () => [values([2, 3, 4])], (x) => tf.mean(x, -1)],
  ['max of rows', () => [values([3, 5])], (x) => tf.max(x, -1)],
  ['min of rows', () => [values([3, 5])], (x) => tf.min(x, -1)],
  ['moments', () => [values([3, 5])], (x) => tf.moments(x, -1).variance],
  ['cumsum', () => [values([3, 5])], (x) => tf.cumsum(x, 1)],
  ['cumsum from the end', () => [values([3, 5])], (x) => tf.cumsum(x, 1, true, true)],
  ['slice', () => [values([2, 3, 4])], (x) => tf.slice(x, [0, 1, 1], [2, 2, 2])],
  ['slice of rank 4', () => [values([2, 3, 4, 6])], (x) => tf.slice(x, [0, 0, 0, 3], [2, 3, 4, 3])],
  ['slice of leading rows', () => [values([5, 4])], (x) => tf.slice(x, [1, 0], [3, 4])],
  ['concat of columns', () => [values([2, 3]), values([2, 4], 9)], (a, b) => tf.concat([a, b], -1)],
  ['concat of rows', () => [values([2, 3]), values([4, 3], 9)], (a, b) => tf.concat([a, b], 0)],
  ['concat with an empty one', () => [values([2, 3]), values([0, 3])], (a, b) => tf.concat([a, b], 0)],
  ['split', () => [values([2, 3, 6])], (x) => tf.split(x, [2, 4], 2)],
  ['stack', () => [values([2, 3]), values([2, 3], 9)], (a, b) => tf.stack([a, b], 1)],
  ['unstack', () => [values([2, 3])], (x) => tf.unstack(x, 1)],
  [
    'pad',
    () => [values([2, 3])],
    (x) =>
      tf.pad(
        x,
        [
          [1, 0],
          [2, 3],
        ],
        0.5,
      ),
  ],
  [
    'pad of rank 4',
    () => [values([2, 3, 1, 2])],
    (x) =>
      tf.pad(x, [
        [0, 0],
        [1, 0],
        [0, 2],
        [0, 1],
      ]),
  ],
  ['transpose', () => [values([3, 5])], (x) => tf.transpose(x)],
  ['transpose of heads', () => [values([2, 3, 4, 5])], (x) => tf.transpose(x, [0, 2, 1, 3])],
  ['transpose of the last axes', () => [values([2, 3, 4, 5])], (x) => tf.transpose(x, [0, 1, 3, 2])],
  ['transpose of rank 5', () => [values([2, 3, 2, 4, 2])], (x) => tf.transpose(x, [2, 0, 4, 1, 3])],
  ['reshape', () => [values([2, 3, 4])], (x) => tf.reshape(x, [6, 4])],
  ['expandDims and squeeze', () => [values([2, 1, 4])], (x) => tf.expandDims(tf.squeeze(x, [1]), 0)],
  ['tile', () => [values([2, 3])], (x) => tf.tile(x, [2, 3])],
  ['broadcastTo', () => [values([2, 1, 3])], (x) => tf.broadcastTo(x, [2, 4, 3])],
  ['reverse', () => [values([2, 3])], (x) => tf.reverse(x, 1)],
  ['clone', () => [values([2, 3])], (x) => tf.clone(x)],
  ['cast to float32', () => [values([2, 3])], (x) => tf.cast(x, 'float32')],
  ['gatherND', () => [values([3, 4])], (x) => tf.gatherND(x, integers([0, 1, 2, 3], [2, 2]))],
  ['prelu', () => [values([3, 4]), positive([4])], (x, alpha) => tf.prelu(x, alpha)],
];

/** Operations without a gradient: sampling, masks, bookkeeping. */
const plain: Operation[] = [
  ['prod of rows', () => [values([3, 5])], (x) => tf.prod(x, 1)],
  ['stridedSlice', () => [values([6, 4])], (x) => tf.stridedSlice(x, [0, 1], [6, 4], [2, 1])],
  ['argMax', () => [values([3, 7])], (x) => tf.argMax(x, -1)],
  ['argMin', () => [values([3, 7])], (x) => tf.argMin(x, -1)],
  ['topk', () => [values([3, 7])], (x) => Object.values(tf.topk(x, 3))],
  ['oneHot', () => [], () => tf.oneHot(tf.tensor1d([0, 2, 1], 'int32'), 4)],
  ['equal', () => [], () => tf.equal(integers([1, 2, 3]), integers([1, 0, 3]))],
  ['notEqual', () => [], () => tf.notEqual(integers([1, 2, 3]), integers([1, 0, 3]))],
  [
    'less and friends',
    () => [values([3, 4]), values([4], 9)],
    (a, b) => [tf.less(a, b), tf.lessEqual(a, b), tf.greater(a, b), tf.greaterEqual(a, b)],
  ],
  [
    'logical',
    () => [],
    () => [tf.logicalAnd(flags([5]), tf.logicalNot(flags([5]))), tf.logicalOr(flags([5]), tf.logicalNot(flags([5])))],
  ],
  ['any and all', () => [], () => [tf.any(flags([3, 4]), 1), tf.all(flags([3, 4]), 1)]],
  [
    'cast between types',
    () => [],
    () => {
      const x = tf.tensor1d([-1.7, -0.2, 0, 0.5, 1, 256, 300.9]);
      return [
        tf.cast(x, 'int32'),
        tf.cast(x, 'bool'),
        tf.cast(tf.cast(x, 'bool'), 'float32'),
        tf.cast(tf.cast(x, 'int32'), 'float32'),
        tf.cast(tf.cast(x, 'int32'), 'bool'),
      ];
    },
  ],
  [
    'range, linspace, fill, eye',
    () => [],
    () => [
      tf.range(0, 5, 1, 'int32'),
      tf.range(0, 1, 0.25),
      tf.linspace(0, 1, 5),
      tf.fill([2, 3], 7),
      tf.eye(3),
      tf.ones([2]),
      tf.zeros([2]),
    ],
  ],
  [
    'integer arithmetic',
    () => [],
    () => {
      const [a, b] = [integers([7, -7, 5]), integers([2, 2, 3])];
      return [
        tf.add(a, b),
        tf.sub(a, b),
        tf.mul(a, b),
        tf.floorDiv(a, b),
        tf.mod(a, b),
        tf.maximum(a, b),
        tf.minimum(a, b),
        tf.neg(a),
        tf.abs(a),
      ];
    },
  ],
  [
    'integer reductions',
    () => [],
    () => {
      const x = integers([4, -1, 2, 9, 0, 3], [2, 3]);
      return [
        tf.sum(x, 1),
        tf.max(x, 1),
        tf.min(x, 1),
        tf.cumsum(x, 1),
        tf.argMax(x, 1),
        tf.sum(tf.cast(flags([2, 3]), 'int32')),
        tf.sum(flags([2, 3])),
      ];
    },
  ],
  [
    'integer movement',
    () => [],
    () => {
      const x = integers([4, -1, 2, 9, 0, 3], [2, 3]);
      return [
        tf.slice(x, [0, 1], [2, 2]),
        tf.concat([x, x], 1),
        tf.pad(
          x,
          [
            [0, 1],
            [1, 0],
          ],
          8,
        ),
        tf.transpose(x),
        tf.tile(x, [1, 2]),
        tf.gather(x, integers([1, 0, 1])),
        tf.reverse(x, 0),
        tf.where(tf.greater(x, 1), x, tf.zerosLike(x)),
        tf.stack([x, x]),
        ...tf.unstack(x),
      ];
    },
  ],
  [
    'boolean movement',
    () => [],
    () => {
      const x = flags([3, 4]);
      return [
        tf.slice(x, [1, 1], [2, 3]),
        tf.concat([x, x], 1),
        tf.pad(x, [
          [0, 0],
          [1, 2],
        ]),
        tf.transpose(x),
        tf.tile(x, [2, 1]),
        tf.gather(x, integers([2, 0])),
        tf.reverse(x, 1),
        tf.reshape(x, [12]),
        tf.where(x, x, tf.logicalNot(x)),
        tf.stridedSlice(x, [0, 1], [3, 4], [1, 2]),
        tf.oneHot(integers([1, 2]), 3, 1, 0, 'bool'),
        tf.stack([x, x]),
        ...tf.unstack(x),
      ];
    },
  ],
  [
    'scatterND',
    () => [],
    () =>
      tf.scatterND(
        integers([1, 3], [2, 1]),
        tf.tensor2d([
          [1, 2],
          [3, 4],
        ]),
        [5, 2],
      ),
  ],
  [
    'tensorScatterUpdate',
    () => [values([5, 2])],
    (x) =>
      tf.tensorScatterUpdate(
        x,
        integers([1, 3], [2, 1]),
        tf.tensor2d([
          [1, 2],
          [3, 4],
        ]),
      ),
  ],
  [
    'unsortedSegmentSum',
    () => [values([4, 3])],
    (x) => [
      tf.unsortedSegmentSum(x, tf.tensor1d([1, 0, 1, -1], 'int32'), 3),
      tf.unsortedSegmentSum(x, tf.tensor1d([7, 7, 7, 7], 'int32'), 2),
    ],
  ],
  ['bandPart', () => [values([4, 4])], (x) => tf.linalg.bandPart(x as tf.Tensor2D, -1, 0)],
  ['rounding', () => [values([41])], (x) => [tf.floor(x), tf.ceil(x), tf.round(x), tf.sign(x)]],
  [
    'isNaN and isFinite',
    () => [],
    () => [tf.isNaN(tf.tensor1d([Number.NaN, 1])), tf.isFinite(tf.tensor1d([Infinity, Number.NaN, 1]))],
  ],
  [
    'not-a-number passes through',
    () => [],
    () => {
      const x = tf.tensor2d([
        [1, Number.NaN],
        [2, 3],
      ]);
      return [
        tf.sum(x, 1),
        tf.mul(x, 2),
        tf.exp(x),
        tf.matMul(x, x),
        tf.softmax(x),
        tf.slice(x, [0, 1], [2, 1]),
        tf.transpose(x),
      ];
    },
  ],
  [
    'infinities',
    () => [],
    () => {
      const x = tf.tensor1d([Infinity, -Infinity, 0, 1000, -1000, 88, -104]);
      return [tf.exp(x), tf.sigmoid(x), tf.tanh(x), tf.neg(x), tf.log(tf.abs(x))];
    },
  ],
  [
    'masked softmax',
    () => [],
    () =>
      tf.softmax(
        tf.tensor2d([
          [1, -1e9, 2, -Infinity],
          [-1e9, -1e9, -1e9, -1e9],
        ]),
      ),
  ],
  [
    'empty tensors',
    () => [],
    () => [
      tf.matMul(tf.zeros([0, 3]), tf.ones([3, 2])),
      tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 2])),
      tf.sum(tf.zeros([0])),
      tf.sum(tf.zeros([2, 0]), 1),
      tf.gather(tf.ones([3, 2]), tf.tensor1d([], 'int32')),
      tf.slice(tf.ones([3, 2]), [1, 0], [0, 2]),
      tf.transpose(tf.zeros([0, 3])),
      tf.add(tf.zeros([0, 2]), tf.ones([2])),
    ],
  ],
];

interface Numbers {
  readonly dtype: string;
  readonly shape: number[];
  readonly values: readonly number[];
}

async function numbers(tensors: tf.Tensor | readonly tf.Tensor[]): Promise<Numbers[]> {
  const list = Array.isArray(tensors) ? (tensors as tf.Tensor[]) : [tensors as tf.Tensor];
  return Promise.all(
    list.map(async (tensor) => ({ dtype: tensor.dtype, shape: tensor.shape, values: [...(await tensor.data())] })),
  );
}

/** Outputs of an operation, and where asked the gradient of a weighted sum of them for every input. */
async function results([, inputs, f]: Operation, gradient: boolean): Promise<Numbers[]> {
  const run = (): tf.Tensor[] =>
    tf.tidy(() => {
      const tensors = inputs();
      const outputs = [f(...tensors)].flat();
      if (!gradient) return outputs;
      const { gradients } = valueAndGradients(
        (parameters) => {
          const parts = [f(...Object.values(parameters))]
            .flat()
            .map((out, i) => tf.sum(tf.mul(out, values(out.shape, 11 + i))));
          return { value: tf.addN(parts as tf.Scalar[]) };
        },
        Object.fromEntries(tensors.map((tensor, i) => [`input ${i}`, tensor])),
      );
      return [...outputs, ...Object.values(gradients)];
    });
  const tensors = run();
  const read = await numbers(tensors);
  tf.dispose(tensors);
  await expectNoLeaks(run);
  return read;
}

async function compare(operation: Operation, gradient: boolean): Promise<void> {
  await selectBackend({ backend: 'cpu' });
  const expected = await results(operation, gradient);
  await selectBackend({ backend: 'wasm' });
  const actual = await results(operation, gradient);
  expect(actual.map(({ dtype, shape }) => ({ dtype, shape }))).toEqual(
    expected.map(({ dtype, shape }) => ({ dtype, shape })),
  );
  const misses = actual.flatMap(({ values: got }, output) =>
    got.flatMap((value, i) => {
      const want = expected[output]?.values[i] as number;
      const close =
        Object.is(value, want) || value === want || Math.abs(value - want) <= 2e-6 * Math.max(1, Math.abs(want));
      return close ? [] : [`output ${output}[${i}]: ${value}, on cpu ${want}`];
    }),
  );
  expect(misses).toEqual([]);
}

describe('wasm computes what cpu computes', () => {
  it.each(differentiable)('%s, and its gradient', async (...operation) => compare(operation, true));
  it.each(plain)('%s', async (...operation) => compare(operation, false));
});
