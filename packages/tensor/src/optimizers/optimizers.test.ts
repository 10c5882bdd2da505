import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import type { ParameterTree } from '../parameter-tree.ts';
import { describeBackends } from '../testing/describe-backends.ts';
import { expectTensorClose } from '../testing/expect-tensor-close.ts';
import { tf } from '../tf.ts';
import { disposeTree } from '../trees/dispose-tree.ts';
import { globalNorm } from '../trees/global-norm.ts';
import { adafactor } from './adafactor.ts';
import { applyUpdates } from './apply-updates.ts';
import { chain } from './chain.ts';
import { clipByGlobalNorm } from './clip-by-global-norm.ts';
import type { Coefficient, GradientTransform, TransformState } from './gradient-transform.ts';
import { optimizerStep } from './optimizer-step.ts';
import { adam, adamW, sgd } from './optimizers.ts';

type Values = Readonly<Record<'w' | 'b', tf.TensorLike>>;

interface Case {
  readonly id: string;
  readonly optimizer: 'AdamW' | 'Adam' | 'SGD' | 'Adafactor';
  readonly kwargs: {
    readonly lr: number;
    readonly betas?: readonly [number, number];
    readonly eps?: number;
    readonly weight_decay?: number;
    readonly amsgrad?: boolean;
    readonly momentum?: number;
    readonly nesterov?: boolean;
  };
  readonly b_has_no_weight_decay: boolean;
  readonly max_grad_norm: number | null;
  readonly init: Values;
  readonly steps: readonly {
    readonly grads: Values;
    readonly grad_norm_before_clip: number;
    readonly params: Values;
  }[];
  readonly final_state: Readonly<Record<string, Readonly<Record<string, tf.TensorLike>>>>;
}

const fixture = new URL('../../../../tools/fixtures/train/optimizers.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(fixture, 'utf8')) as { readonly cases: readonly Case[] };

/** PyTorch's optimizer of a case as a chain of ours. */
function optimizerOf({ optimizer, kwargs, b_has_no_weight_decay, max_grad_norm }: Case): GradientTransform {
  const mask = (name: string): boolean => !(b_has_no_weight_decay && name === 'b');
  // PyTorch's default weight decay is 0.01 for AdamW and 0 elsewhere.
  const weightDecay = kwargs.weight_decay ?? (optimizer === 'AdamW' ? 0.01 : 0);
  const [beta1, beta2] = kwargs.betas ?? [0.9, 0.999];
  const adamOptions = {
    beta1,
    beta2,
    epsilon: kwargs.eps ?? 1e-8,
    amsgrad: kwargs.amsgrad ?? false,
    weightDecay,
    mask,
  };
  const transform = {
    AdamW: () => adamW(adamOptions),
    Adam: () => adam(adamOptions),
    SGD: () => sgd({ momentum: kwargs.momentum ?? 0, nesterov: kwargs.nesterov ?? false, weightDecay, mask }),
    Adafactor: () => adafactor(),
  }[optimizer]();
  return max_grad_norm === null ? transform : chain(clipByGlobalNorm(max_grad_norm), transform);
}

type Run = TransformState & { readonly parameters: ParameterTree };

async function valuesOf({ parameters, tensors: remembered }: Run): Promise<unknown> {
  const all = Object.entries({ ...parameters, ...remembered });
  return Promise.all(all.map(async ([name, tensor]) => [name, await tensor.data()] as const));
}

const tensors = ({ w, b }: Values): ParameterTree => ({ w: tf.tensor(w), b: tf.tensor(b) });

/** Our name of a PyTorch state slot. */
const slots: Readonly<Record<string, string>> = {
  exp_avg: 'firstMoment',
  exp_avg_sq: 'secondMoment',
  max_exp_avg_sq: 'largestSecondMoment',
  momentum_buffer: 'trace',
  row_var: 'rowVariance',
  col_var: 'columnVariance',
  variance: 'variance',
};

describeBackends('optimizers', () => {
  it.each(cases)('$id follows PyTorch step by step, state included', async (testCase) => {
    const before = tf.memory().numTensors;
    const optimizer = optimizerOf(testCase);
    let parameters = tensors(testCase.init);
    let state = optimizer.init(parameters);
    for (const step of testCase.steps) {
      const gradients = tensors(step.grads);
      const norm = globalNorm(gradients);
      await expectTensorClose(norm, step.grad_norm_before_clip);
      norm.dispose();
      const result = optimizerStep(optimizer, state, { gradients, parameters, learningRate: testCase.kwargs.lr });
      const next = applyUpdates(parameters, result.updates);
      disposeTree(parameters);
      disposeTree(result.updates);
      [parameters, state] = [next, result.state];
      for (const [name, tensor] of Object.entries(parameters))
        await expectTensorClose(tensor, step.params[name as 'w' | 'b'], 2e-5);
    }
    for (const [name, expected] of Object.entries(testCase.final_state)) {
      for (const [slot, values] of Object.entries(expected)) {
        const key = Object.keys(state.tensors).find((candidate) => candidate.endsWith(`${slots[slot]}/${name}`));
        await expectTensorClose(state.tensors[key as string] as tf.Tensor, values, 2e-5);
      }
    }
    disposeTree(parameters);
    disposeTree(state.tensors);
    expect(tf.memory().numTensors).toBe(before);
  });

  // Exactly: a number becomes a float32 as soon as it meets a tensor, whichever way it comes.
  it.each(cases)('$id takes its numbers as scalar tensors, with the same result and nothing read', async (testCase) => {
    const before = tf.memory().numTensors;
    const optimizer = optimizerOf(testCase);
    const start = (): Run => {
      const parameters = tensors(testCase.init);
      return { parameters, ...optimizer.init(parameters) };
    };
    const learningRate = testCase.kwargs.lr;
    let [numbers, scalars] = [start(), start()];
    for (const { grads } of testCase.steps) {
      const step = optimizer.coefficients(numbers.scalars, { learningRate });
      const coefficients = Object.fromEntries(
        Object.entries(step.coefficients).map(([name, value]) => [name, tf.scalar(value)]),
      );
      const take = (run: Run, given: Readonly<Record<string, Coefficient>>): Run => {
        const context = { parameters: run.parameters, coefficients: given };
        const { updates, tensors: next } = optimizer.update(tensors(grads), run.tensors, context);
        const parameters = applyUpdates(run.parameters, updates);
        tf.dispose([updates, run.parameters]);
        return { parameters, tensors: next, scalars: step.scalars };
      };
      const reads = vi.spyOn(tf.engine(), 'readSync');
      [numbers, scalars] = [take(numbers, step.coefficients), take(scalars, coefficients)];
      expect(reads).not.toHaveBeenCalled();
      reads.mockRestore();
      disposeTree(coefficients);
      expect(await valuesOf(scalars)).toEqual(await valuesOf(numbers));
    }
    tf.dispose([numbers.parameters, numbers.tensors, scalars.parameters, scalars.tensors]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('computes the numbers of a step in double precision', () => {
    const optimizer = chain(clipByGlobalNorm(1), adamW({ beta1: 0.5, beta2: 0.75, epsilon: 4 }));
    // Step 2: √(1 - 0.75²) / (1 - 0.5²), and ε √(1 - 0.75²).
    const root = Math.sqrt(1 - 0.5625);
    expect(optimizer.coefficients({ '1/0/step': 1 }, { learningRate: 0.1 })).toEqual({
      coefficients: { '1/0/scale': root / 0.75, '1/0/floor': 4 * root, '1/2/factor': -0.1 },
      scalars: { '1/0/step': 2 },
    });
    // The rate of Adafactor is at most 1/√step.
    const { coefficients } = adafactor().coefficients({ step: 24 }, { learningRate: 0.5 });
    expect(coefficients).toEqual({ share: 25 ** -0.8, factor: -0.2 });
  });

  it('takes a decayed step that can be checked by hand', async () => {
    const parameters = { w: tf.tensor1d([2]) };
    const optimizer = adamW({ weightDecay: 0.5, epsilon: 0 });
    // The first Adam direction is the sign of the gradient; decay adds 0.5 × 2.
    const { updates, state } = optimizerStep(optimizer, optimizer.init(parameters), {
      gradients: { w: tf.tensor1d([-4]) },
      parameters,
      learningRate: 0.1,
    });
    await expectTensorClose(updates['w'] as tf.Tensor, [-0.1 * (-1 + 1)]);
    expect(state.scalars).toEqual({ '0/step': 1 });
    disposeTree(updates);
    disposeTree(state.tensors);
    disposeTree(parameters);
  });

  it('clips only above the norm', async () => {
    const clip = clipByGlobalNorm(1);
    const context = { parameters: {}, coefficients: {} };
    const small = clip.update({ a: tf.tensor1d([0.3, 0.4]) }, {}, context).updates;
    const large = clip.update({ a: tf.tensor1d([30]), b: tf.tensor1d([40]) }, {}, context).updates;
    await expectTensorClose(small['a'] as tf.Tensor, [0.3, 0.4]);
    await expectTensorClose(large['a'] as tf.Tensor, [0.6]);
    await expectTensorClose(large['b'] as tf.Tensor, [0.8]);
    disposeTree(small);
    disposeTree(large);
  });

  it('keeps a gradient that is not finite visible', async () => {
    const clip = clipByGlobalNorm(1);
    const context = { parameters: {}, coefficients: {} };
    const { updates } = clip.update({ a: tf.tensor1d([Number.NaN, 1]) }, {}, context);
    expect((await updates['a']?.data())?.[0]).toBeNaN();
    disposeTree(updates);
  });

  it('refuses the state of another optimizer', () => {
    const parameters = { w: tf.tensor1d([1]) };
    const state = sgd({ momentum: 0.9 }).init(parameters);
    const gradients = { w: tf.tensor1d([1]) };
    expect(() => optimizerStep(adamW(), state, { gradients, parameters, learningRate: 1 })).toThrow(
      'optimizer state has no "step"',
    );
    const own = adamW().init(parameters);
    const coefficients = { '0/scale': 1 };
    expect(() => adamW().update(gradients, own.tensors, { parameters, coefficients })).toThrow(
      'no coefficient "floor"',
    );
    disposeTree(own.tensors);
    disposeTree(gradients);
    disposeTree(state.tensors);
    disposeTree(parameters);
  });

  it('refuses a clipping norm that is not above zero', () => {
    expect(() => clipByGlobalNorm(0)).toThrow('must be above 0');
    expect(() => clipByGlobalNorm(Number.NaN)).toThrow('must be above 0');
  });
});
