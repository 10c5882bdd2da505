import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import {
  type ImplicitRewardLossInputs,
  type ImplicitRewardLossOptions,
  implicitRewardLoss,
} from './implicit-reward-loss.ts';

const nan = Number.NaN;

interface Sample {
  readonly logRatios: readonly number[];
  readonly mask: readonly number[];
  readonly label: number;
}

describeBackends('implicitRewardLoss', () => {
  const inputsOf = (samples: readonly Sample[]): ImplicitRewardLossInputs => ({
    logProbs: tf.tensor2d(samples.map(({ logRatios }) => logRatios.map((logRatio) => logRatio - 1))),
    referenceLogProbs: tf.tensor2d(samples.map(({ logRatios }) => logRatios.map(() => -1))),
    labels: tf.tensor1d(samples.map(({ label }) => label)),
    mask: tf.tensor2d(samples.map(({ mask }) => [...mask])),
  });
  const lossOf = (inputs: ImplicitRewardLossInputs, options: ImplicitRewardLossOptions = {}) =>
    implicitRewardLoss(inputs, options).arraySync();
  const gradientOf = (inputs: ImplicitRewardLossInputs, options: ImplicitRewardLossOptions = {}) =>
    tf
      .grad((x) => implicitRewardLoss({ ...inputs, logProbs: x as tf.Tensor2D }, options))(inputs.logProbs)
      .arraySync() as number[][];

  // sums ln 3 and −ln 3: probabilities of 3/4 and 1/4 with beta 1
  const two = [
    { logRatios: [Math.log(3) + 2, -2, 7], mask: [1, 1, 0], label: 1 },
    { logRatios: [-Math.log(3), 5, 0], mask: [1, 0, 1], label: 1 },
  ];

  it('is the cross-entropy of the summed log-ratio', () => {
    expect(lossOf(inputsOf(two), { beta: 1 })).toBeCloseTo(-(Math.log(0.75) + Math.log(0.25)) / 2, 5);
    const wrong = two.map((sample) => ({ ...sample, label: 0 }));
    expect(lossOf(inputsOf(wrong), { beta: 1 })).toBeCloseTo(-(Math.log(0.25) + Math.log(0.75)) / 2, 5);
    const half = [{ logRatios: [Math.log(3)], mask: [1], label: 0.5 }];
    expect(lossOf(inputsOf(half), { beta: 1 })).toBeCloseTo(-0.5 * (Math.log(0.75) + Math.log(0.25)), 5);
  });

  it('has gradient β(σ(z) − y) per trained token, over the sequences', () => {
    const slopes = gradientOf(inputsOf(two), { beta: 1 });
    expect(slopes.flat()).toEqual([-0.125, -0.125, 0, -0.375, 0, -0.375].map((x): unknown => expect.closeTo(x, 5)));
  });

  it('is ln 2 at the reference, whatever beta, with half a slope', () => {
    const start = [{ logRatios: [0, 0], mask: [1, 1], label: 1 }];
    expect(lossOf(inputsOf(start))).toBeCloseTo(Math.LN2, 6);
    expect(gradientOf(inputsOf(start))[0]).toEqual([-0.025, -0.025].map((x): unknown => expect.closeTo(x, 7)));
  });

  it('never reads masked places and leaves out sequences without a trained token', () => {
    const clean = inputsOf([...two, { logRatios: [1, 1, 1], mask: [0, 0, 0], label: 0 }]);
    const dirty = {
      ...clean,
      logProbs: tf.tensor2d([
        [Math.log(3) + 1, -3, nan],
        [-Math.log(3) - 1, Number.NEGATIVE_INFINITY, -1],
        [nan, nan, nan],
      ]),
      labels: tf.tensor1d([1, 1, nan]),
    };
    expect(lossOf(clean, { beta: 1 })).toBeCloseTo(lossOf(inputsOf(two), { beta: 1 }), 6);
    expect(lossOf(dirty, { beta: 1 })).toBe(lossOf(clean, { beta: 1 }));
    expect(gradientOf(dirty, { beta: 1 })).toEqual(gradientOf(clean, { beta: 1 }));
  });

  it('is 0 for a wholly masked batch', () => {
    const inputs = inputsOf([{ logRatios: [3, 4], mask: [0, 0], label: 1 }]);
    expect(lossOf(inputs)).toBe(0);
    expect(gradientOf(inputs).flat().map(Math.abs)).toEqual([0, 0]);
  });

  it.each([1e4, -1e4])('is finite at a log-ratio of %s', (logRatio) => {
    for (const label of [0, 1]) {
      const inputs = inputsOf([{ logRatios: [logRatio], mask: [1], label }]);
      const wrong = logRatio > 0 === (label === 0);
      expect(lossOf(inputs, { beta: 1 })).toBeCloseTo(wrong ? 1e4 : 0, 3);
      expect(gradientOf(inputs, { beta: 1 })[0]?.[0]).toBeCloseTo(wrong ? Math.sign(logRatio) : 0, 5);
    }
  });

  it('micro-batches in any order add up to the batch', () => {
    const sample = fc.record({
      logRatios: fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 2, maxLength: 2 }),
      mask: fc.array(fc.constantFrom(0, 1), { minLength: 2, maxLength: 2 }),
      label: fc.constantFrom(0, 1),
    });
    fc.assert(
      fc.property(fc.array(sample, { minLength: 2, maxLength: 6 }), fc.nat(), (samples, at) => {
        const sequenceCount = samples.filter(({ mask }) => mask.includes(1)).length;
        const options = { beta: 0.5, sequenceCount };
        const cut = 1 + (at % (samples.length - 1));
        const parts = [samples.slice(cut), samples.slice(0, cut)].map(inputsOf);
        const whole = inputsOf(samples);
        expect(parts.reduce((sum, part) => sum + lossOf(part, options), 0)).toBeCloseTo(lossOf(whole, options), 4);
        const slopes = gradientOf(whole, options);
        const apart = parts.flatMap((part) => gradientOf(part, options));
        [...slopes.slice(cut), ...slopes.slice(0, cut)]
          .flat()
          .forEach((slope, i) => expect(apart.flat()[i]).toBeCloseTo(slope, 5));
      }),
      { numRuns: 20 },
    );
  });

  it('refuses shapes that do not fit', () => {
    const inputs = inputsOf(two);
    expect(() => lossOf({ ...inputs, labels: tf.zeros([3]) })).toThrow(ShapeError);
    expect(() => lossOf({ ...inputs, referenceLogProbs: tf.zeros([2, 2]) })).toThrow(ShapeError);
  });

  it('leaves no tensor behind, also after a backward pass', () => {
    const inputs = inputsOf(two);
    const before = tf.memory().numTensors;
    const loss = implicitRewardLoss(inputs);
    const gradient = tf.grad((x) => implicitRewardLoss({ ...inputs, logProbs: x as tf.Tensor2D }))(inputs.logProbs);
    tf.dispose([loss, gradient]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
