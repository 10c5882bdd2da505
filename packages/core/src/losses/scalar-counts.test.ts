import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import { expect, it, vi } from 'vitest';
import { bcoLoss } from '../preference/bco-loss.ts';
import { distillationLoss } from '../preference/distillation-loss.ts';
import { type DpoOptions, dpoLoss, mixedDpoLoss } from '../preference/dpo-loss.ts';
import * as dpoLosses from '../preference/dpo-losses.ts';
import { ktoLoss } from '../preference/kto-loss.ts';
import { nashMdLoss } from '../preference/nash-md-loss.ts';
import { orpoLoss } from '../preference/orpo-loss.ts';
import { rewardModelLoss } from '../preference/reward-model-loss.ts';
import { type AggregationMode, aggregateLoss, type Count } from './aggregate-loss.ts';
import { clippedValueLoss } from './clipped-value-loss.ts';
import { implicitRewardLoss } from './implicit-reward-loss.ts';
import { positiveLikelihoodLoss } from './positive-likelihood-loss.ts';
import { supervisedLoss } from './supervised-loss.ts';

type CountOf = (count: number) => Count;

interface Result {
  readonly loss: tf.Scalar;
  readonly metrics?: object;
}

// B = 3, T = 2; what trains is x, `[B,T]` or, as its sums, `[B]`.
const numbers = [-1, -0.5, -2, -0.25, -3, -1.5];
const mask = () =>
  tf.tensor2d([
    [1, 1],
    [1, 0],
    [0, 0],
  ]);
const rows = () => tf.tensor1d([1, 0, 1]);
const reference = () => tf.tensor1d([-2, -2, -2]);
const summed = (x: tf.Tensor2D) => tf.sum<tf.Tensor1D>(x, 1);
const pairs = (x: tf.Tensor2D) => ({
  chosenLogProbs: summed(x),
  rejectedLogProbs: tf.neg<tf.Tensor1D>(tf.square(summed(x))),
  referenceChosenLogProbs: reference(),
  referenceRejectedLogProbs: reference(),
  chosenLengths: tf.tensor1d([2, 1, 3]),
  rejectedLengths: tf.tensor1d([1, 2, 2]),
});
const samples = (x: tf.Tensor2D) => ({ logProbs: summed(x), referenceLogProbs: reference(), desirable: rows() });
const sampleCounts = (of: CountOf) => ({ sampleCount: of(7), desirableCount: of(5), undesirableCount: of(2) });
const only = (loss: tf.Scalar): Result => ({ loss });

const modes: readonly AggregationMode[] = [
  'token-mean',
  'token-sum',
  'sequence-mean-token-sum',
  'sequence-mean-token-sum-norm',
  'sequence-mean-token-mean',
];

const losses: Readonly<Record<string, (x: tf.Tensor2D, of: CountOf) => Result>> = {
  ...Object.fromEntries(
    modes.map((mode) => [
      `aggregateLoss, ${mode}`,
      (x: tf.Tensor2D, of: CountOf) =>
        only(aggregateLoss(x, mask(), { mode, tokenCount: of(9), sequenceCount: of(5), scaleFactor: of(4096) })),
    ]),
  ),
  ...Object.fromEntries(
    Object.keys(dpoLosses).map((loss) => [
      `dpoLoss, ${loss}`,
      (x: tf.Tensor2D, of: CountOf) => dpoLoss(pairs(x), { loss, pairCount: of(5), tokenCount: of(11) } as DpoOptions),
    ]),
  ),
  'ktoPairLoss with reference points': (x, of) =>
    dpoLosses.kto_pair(pairs(x), { pairCount: of(5), chosenKl: of(0.3), rejectedKl: of(0.7) }),
  mixedDpoLoss: (x, of) =>
    mixedDpoLoss(pairs(x), { terms: [{ loss: 'sigmoid' }, { loss: 'sft' }], pairCount: of(5), tokenCount: of(11) }),
  orpoLoss: (x, of) => orpoLoss(pairs(x), { pairCount: of(5) }),
  ktoLoss: (x, of) => ktoLoss(samples(x), { ...sampleCounts(of), referencePoint: of(0.3) }),
  bcoLoss: (x, of) => bcoLoss(samples(x), { ...sampleCounts(of), rewardShift: of(0.3) }),
  rewardModelLoss: (x, of) =>
    rewardModelLoss(
      { chosenRewards: summed(x), rejectedRewards: reference() },
      { centerCoefficient: 0.1, pairCount: of(5) },
    ),
  nashMdLoss: (x, of) =>
    only(
      nashMdLoss(
        {
          logProbs: x,
          referenceLogProbs: tf.zerosLike(x),
          mask: mask(),
          winProbabilities: tf.tensor1d([0.2, 0.7, 0.5]),
        },
        { sampleCount: of(5) },
      ),
    ),
  distillationLoss: (x, of) => {
    const studentLogits = tf.stack<tf.Tensor>([x, tf.square(x)], 2) as tf.Tensor3D;
    return only(
      distillationLoss({ studentLogits, teacherLogits: tf.zeros([3, 2, 2]), mask: mask() }, { tokenCount: of(9) }),
    );
  },
  supervisedLoss: (x, of) => only(supervisedLoss(x, mask(), { tokenCount: of(9), kind: 'dft' })),
  positiveLikelihoodLoss: (x, of) =>
    only(positiveLikelihoodLoss({ logProbs: x, mask: mask(), correct: rows() }, of(9))),
  implicitRewardLoss: (x, of) =>
    only(
      implicitRewardLoss(
        { logProbs: x, referenceLogProbs: tf.zerosLike(x), labels: rows(), mask: mask() },
        { sequenceCount: of(5) },
      ),
    ),
  clippedValueLoss: (x, of) =>
    clippedValueLoss(
      { values: x, oldValues: tf.zerosLike(x), returns: tf.onesLike(x), mask: mask() },
      { aggregation: { mode: 'token-mean', tokenCount: of(9) } },
    ),
};

describeBackends('a loss whose counts are scalar tensors', () => {
  const evaluate = async (loss: (x: tf.Tensor2D, of: CountOf) => Result, of: CountOf) => {
    const reads = vi.spyOn(tf.engine(), 'readSync');
    const tensors = tf.tidy(() => {
      const x = tf.tensor2d(numbers, [3, 2]);
      const { loss: value, metrics = {} } = loss(x, of);
      const slope = tf.grad((given: tf.Tensor) => loss(given as tf.Tensor2D, of).loss)(x);
      return [value, ...(Object.values(metrics) as tf.Tensor[]), slope];
    });
    expect(reads).not.toHaveBeenCalled();
    reads.mockRestore();
    const values = await Promise.all(tensors.map((tensor) => tensor.data()));
    tf.dispose(tensors);
    return values;
  };

  // Exactly: a number becomes a float32 as soon as it meets a tensor, whichever way it comes.
  it.each(Object.entries(losses))('%s: has the same value, metrics and gradient, and reads none', async (_, loss) => {
    const before = tf.memory().numTensors;
    const expected = await evaluate(loss, (count) => count);
    expect(expected.flatMap((values) => [...values]).every(Number.isFinite)).toBe(true);
    expect(await evaluate(loss, (count) => tf.scalar(count))).toEqual(expected);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(modes)('an empty batch gives 0 in mode %s', (mode) => {
    const none = tf.zeros<tf.Rank.R2>([2, 3]);
    const zero = tf.scalar(0);
    const loss = aggregateLoss(tf.fill([2, 3], Number.NaN), none, { mode, tokenCount: zero, sequenceCount: zero });
    expect(loss.arraySync()).toBe(0);
    tf.dispose([none, zero, loss]);
  });

  it('may be of integers', () => {
    const x = tf.tensor2d(numbers, [3, 2]);
    const loss = aggregateLoss(x, mask(), { mode: 'token-mean', tokenCount: tf.scalar(7, 'int32') });
    expect(loss.arraySync()).toBe(-0.5);
  });
});
