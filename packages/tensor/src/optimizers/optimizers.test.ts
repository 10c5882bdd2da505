import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
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
import type { GradientTransform } from './gradient-transform.ts';
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
      const result = optimizer.update(gradients, state, { parameters, learningRate: testCase.kwargs.lr });
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

  it('takes a decayed step that can be checked by hand', async () => {
    const parameters = { w: tf.tensor1d([2]) };
    const optimizer = adamW({ weightDecay: 0.5, epsilon: 0 });
    // The first Adam direction is the sign of the gradient; decay adds 0.5 × 2.
    const { updates, state } = optimizer.update({ w: tf.tensor1d([-4]) }, optimizer.init(parameters), {
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
    const context = { parameters: {}, learningRate: 0 };
    const small = clip.update({ a: tf.tensor1d([0.3, 0.4]) }, clip.init({}), context).updates;
    const large = clip.update({ a: tf.tensor1d([30]), b: tf.tensor1d([40]) }, clip.init({}), context).updates;
    await expectTensorClose(small['a'] as tf.Tensor, [0.3, 0.4]);
    await expectTensorClose(large['a'] as tf.Tensor, [0.6]);
    await expectTensorClose(large['b'] as tf.Tensor, [0.8]);
    disposeTree(small);
    disposeTree(large);
  });

  it('keeps a gradient that is not finite visible', async () => {
    const clip = clipByGlobalNorm(1);
    const { updates } = clip.update({ a: tf.tensor1d([Number.NaN, 1]) }, clip.init({}), {
      parameters: {},
      learningRate: 0,
    });
    expect((await updates['a']?.data())?.[0]).toBeNaN();
    disposeTree(updates);
  });

  it('refuses the state of another optimizer', () => {
    const parameters = { w: tf.tensor1d([1]) };
    const state = sgd({ momentum: 0.9 }).init(parameters);
    const gradients = { w: tf.tensor1d([1]) };
    expect(() => adamW().update(gradients, state, { parameters, learningRate: 1 })).toThrow(
      'optimizer state has no "step"',
    );
    disposeTree(gradients);
    disposeTree(state.tensors);
    disposeTree(parameters);
  });

  it('refuses a clipping norm that is not above zero', () => {
    expect(() => clipByGlobalNorm(0)).toThrow('must be above 0');
    expect(() => clipByGlobalNorm(Number.NaN)).toThrow('must be above 0');
  });
});
