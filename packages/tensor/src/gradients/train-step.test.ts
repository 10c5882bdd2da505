import { expect, it } from 'vitest';
import { selectBackend } from '../backend/select-backend.ts';
import { programKernels } from '../diagnostics/missing-kernels.ts';
import { applyUpdates } from '../optimizers/apply-updates.ts';
import { chain } from '../optimizers/chain.ts';
import { clipByGlobalNorm } from '../optimizers/clip-by-global-norm.ts';
import { optimizerStep } from '../optimizers/optimizer-step.ts';
import { adamW } from '../optimizers/optimizers.ts';
import type { ParameterTree } from '../parameter-tree.ts';
import { describeBackends } from '../testing/describe-backends.ts';
import { expectNoLeaks } from '../testing/expect-no-leaks.ts';
import { tf } from '../tf.ts';
import { disposeTree } from '../trees/dispose-tree.ts';
import { tensorOf } from '../trees/tensor-of.ts';
import { valueAndGradients } from './value-and-gradients.ts';

// B = sequences, T = tokens, H = hidden size, N = heads, V = vocabulary.
const [B, T, H, N, V] = [3, 7, 16, 2, 23];

const shapes: Readonly<Record<string, number[]>> = {
  embedding: [V, H],
  norm: [H],
  query: [H, H],
  queryBias: [H],
  key: [H, H],
  value: [H, H],
  output: [H, H],
  gate: [2 * H, H],
  up: [2 * H, H],
  down: [H, 2 * H],
  unused: [2],
};

function initialParameters(): ParameterTree {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape], place) => {
      const values = Float32Array.from(
        { length: tf.util.sizeFromShape(shape) },
        (_, i) => 0.3 * Math.sin(1 + place + 7 * i),
      );
      return [name, tf.tensor(values, shape)];
    }),
  );
}

/** Mean negative log-prob of the next token under a one-layer transformer. */
function loss(parameters: ParameterTree): { readonly value: tf.Scalar; readonly aux: Record<string, tf.Tensor> } {
  const get = (name: string): tf.Tensor => tensorOf(parameters, name);
  const ids = tf.tensor1d(
    Int32Array.from({ length: B * T }, (_, i) => (i * 5) % V),
    'int32',
  );
  const targets = tf.tensor2d(
    Int32Array.from({ length: B * T }, (_, i) => (i * 5 + 5) % V),
    [B * T, 1],
    'int32',
  );
  const mask = tf.mul(tf.sub(1, tf.linalg.bandPart(tf.ones([T, T]), -1, 0)), -1e9);
  const normalize = (x: tf.Tensor): tf.Tensor =>
    tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-6))), get('norm'));
  const linear = (x: tf.Tensor, weight: string): tf.Tensor => tf.matMul(x, get(weight), false, true);
  const heads = (x: tf.Tensor): tf.Tensor => tf.transpose(tf.reshape(x, [B, T, N, H / N]), [0, 2, 1, 3]);

  let x = tf.gather(get('embedding'), ids);
  const normal = normalize(x);
  const query = heads(tf.add(linear(normal, 'query'), get('queryBias')));
  const scores = tf.add(tf.div(tf.matMul(query, heads(linear(normal, 'key')), false, true), Math.sqrt(H / N)), mask);
  const mixed = tf.matMul(tf.softmax(scores), heads(linear(normal, 'value')));
  x = tf.add(x, linear(tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [B * T, H]), 'output'));
  const gate = linear(normalize(x), 'gate');
  x = tf.add(x, linear(tf.mul(tf.mul(gate, tf.sigmoid(gate)), linear(normalize(x), 'up')), 'down'));
  const logProbs = tf.gather(tf.logSoftmax(linear(normalize(x), 'embedding')), targets, 1, 1);
  return { value: tf.neg(tf.mean(logProbs)), aux: { logProbs } };
}

/** Losses of a few AdamW steps and the bytes of the parameters after them. */
async function train(steps: number): Promise<{ readonly losses: number[]; readonly bytes: Uint8Array }> {
  const optimizer = chain(clipByGlobalNorm(1), adamW({ weightDecay: 0.1, mask: (name) => shapes[name]?.length === 2 }));
  let parameters = initialParameters();
  let state = optimizer.init(parameters);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const { value, aux, gradients } = valueAndGradients(loss, parameters);
    losses.push((await value.data())[0] as number);
    tf.dispose([value, aux]);
    const result = optimizerStep(optimizer, state, { gradients, parameters, learningRate: 0.02 });
    const next = applyUpdates(parameters, result.updates);
    disposeTree(parameters);
    disposeTree(result.updates);
    [parameters, state] = [next, result.state];
  }
  const bytes = await Promise.all(
    Object.values(parameters).map(async (tensor) => new Uint8Array((await tensor.data()).slice().buffer)),
  );
  disposeTree(parameters);
  disposeTree(state.tensors);
  return { losses, bytes: Buffer.concat(bytes) };
}

describeBackends('a train step of a transformer', () => {
  it('learns, and repeats byte for byte', async () => {
    const [first, second] = [await train(6), await train(6)];
    expect(first.losses.at(-1)).toBeLessThan((first.losses[0] as number) - 0.5);
    expect(second).toEqual(first);
  });

  it('leaves no tensor behind', () => expectNoLeaks(() => train(2)));

  it('frees everything when the loss throws', async () => {
    const parameters = initialParameters();
    const failing = (): void => {
      valueAndGradients((tree) => {
        loss(tree);
        throw new Error('on purpose');
      }, parameters);
    };
    await expect(expectNoLeaks(failing)).rejects.toThrow('on purpose');
    disposeTree(parameters);
  });

  it('runs no kernel that the list of kernels lacks', async () => {
    const profile = await tf.profile(async () => {
      await train(1);
    });
    // Kernels of ours that have a composed form beside them.
    const own = ['AdamStep', 'SumOfSquares'];
    // Custom gradients appear among the kernels, by the name of their scope.
    const kernels = profile.kernelNames.filter((name) => !name.endsWith('__op') && !own.includes(name));
    expect(kernels.length).toBeGreaterThan(20);
    expect(kernels.filter((name) => !programKernels.includes(name))).toEqual([]);
  });
});

it('gives the same losses on cpu and wasm', async () => {
  await selectBackend({ backend: 'cpu' });
  const { losses: expected } = await train(4);
  await selectBackend({ backend: 'wasm' });
  const { losses } = await train(4);
  losses.forEach((value, step) => expect(value).toBeCloseTo(expected[step] as number, 4));
});
