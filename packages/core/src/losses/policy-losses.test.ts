import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { cispoLoss } from './cispo-loss.ts';
import { clippedPolicyLoss } from './clipped-policy-loss.ts';
import { clipCovLoss, klCovLoss } from './covariance-losses.ts';
import { selectClipCovTokens, selectKlCovTokens } from './covariance-selection.ts';
import { decoupledLoss } from './decoupled-loss.ts';
import { binaryKlLoss, penalizedRatioLoss, totalVariationLoss } from './divergence-masked-losses.ts';
import { gmpoLoss } from './gmpo-loss.ts';
import { gspoLoss, gspoTokenLoss, luspoLoss } from './gspo-loss.ts';
import type { PolicyLossInputs } from './policy-loss.ts';
import { directRewardLoss, kimiLoss } from './quadratic-penalty-losses.ts';
import { reinforceLoss } from './reinforce-loss.ts';
import { sapoLoss } from './sapo-loss.ts';
import { flowLoss, gvpoLoss, selfPlayLoss } from './sequence-regression-losses.ts';
import { taperedOffPolicyLoss, truncatedImportanceLoss } from './truncated-importance-loss.ts';
import { vespoLoss } from './vespo-loss.ts';

// One row of a batch; everything a policy loss may want.
interface Row {
  readonly logRatios: readonly number[];
  readonly advantage: number;
  readonly mask: readonly number[];
  readonly group: number;
}

type Aggregation = Parameters<typeof clippedPolicyLoss>[1]['aggregation'];
type Inputs = PolicyLossInputs & {
  readonly oldLogProbs: tf.Tensor2D;
  readonly advantages: tf.Tensor1D;
  readonly rewards: tf.Tensor1D;
  readonly groups: tf.Tensor1D;
  readonly logPartition: tf.Tensor1D;
  readonly referenceLogProbs: tf.Tensor2D;
  readonly behaviorLogProbs: tf.Tensor2D;
  readonly selected?: tf.Tensor2D;
};
type Loss = (inputs: Inputs, aggregation: Aggregation) => { readonly loss: tf.Scalar; readonly metrics: object };

const losses: Readonly<Record<string, Loss>> = {
  clippedPolicyLoss: (inputs, aggregation) => clippedPolicyLoss(inputs, { aggregation, clipRatioC: 3, delta: 4 }),
  'clippedPolicyLoss, sequence-sum': (inputs, aggregation) =>
    clippedPolicyLoss(inputs, { aggregation, ratioLevel: 'sequence-sum' }),
  reinforceLoss: (inputs, aggregation) => reinforceLoss(inputs, { aggregation }),
  truncatedImportanceLoss: (inputs, aggregation) => truncatedImportanceLoss(inputs, { aggregation }),
  taperedOffPolicyLoss: (inputs, aggregation) => taperedOffPolicyLoss(inputs, { aggregation }),
  kimiLoss: (inputs, aggregation) => kimiLoss(inputs, { aggregation }),
  directRewardLoss: (inputs, aggregation) => directRewardLoss(inputs, { aggregation, beta: 0.5 }),
  gspoLoss: (inputs, aggregation) => gspoLoss(inputs, { aggregation, clipRatioLow: 0.2, clipRatioHigh: 0.2 }),
  gspoTokenLoss: (inputs, aggregation) => gspoTokenLoss(inputs, { aggregation, clipRatioLow: 0.2, clipRatioHigh: 0.2 }),
  luspoLoss: (inputs, aggregation) => luspoLoss(inputs, { aggregation, clipRatioLow: 0.2, clipRatioHigh: 0.2 }),
  cispoLoss: (inputs, aggregation) => cispoLoss(inputs, { aggregation }),
  sapoLoss: (inputs, aggregation) => sapoLoss(inputs, { aggregation }),
  gmpoLoss: (inputs, aggregation) => gmpoLoss(inputs, { aggregation }),
  clipCovLoss: (inputs, aggregation) => clipCovLoss(inputs, { aggregation }),
  klCovLoss: (inputs, aggregation) => klCovLoss(inputs, { aggregation }),
  decoupledLoss: (inputs, aggregation) => decoupledLoss(inputs, { aggregation, behaviorWeightCap: 5 }),
  totalVariationLoss: (inputs, aggregation) => totalVariationLoss(inputs, { aggregation }),
  binaryKlLoss: (inputs, aggregation) => binaryKlLoss(inputs, { aggregation }),
  penalizedRatioLoss: (inputs, aggregation) => penalizedRatioLoss(inputs, { aggregation }),
  vespoLoss: (inputs, aggregation) => vespoLoss(inputs, { aggregation }),
  gvpoLoss: (inputs, aggregation) => gvpoLoss(inputs, { aggregation }),
  flowLoss: (inputs, aggregation) => flowLoss(inputs, { aggregation }),
  selfPlayLoss: (inputs, aggregation) => selfPlayLoss(inputs, { aggregation }),
};

const width = 3;
const base = -1.25;

function inputsOf(rows: readonly Row[], atMasked = 0): Inputs {
  const matrix = (value: (row: Row, token: number) => number, masked = atMasked) =>
    tf.tensor2d(
      rows.map((row) => row.mask.map((bit, token) => (bit === 0 ? masked : value(row, token)))),
      [rows.length, width],
    );
  const vector = (value: (row: Row) => number) => tf.tensor1d(rows.map(value));
  return {
    logProbs: matrix(({ logRatios }, token) => base + (logRatios[token] ?? 0)),
    oldLogProbs: matrix(() => base),
    referenceLogProbs: matrix(() => base - 0.5),
    behaviorLogProbs: matrix((_, token) => base - token),
    mask: matrix(() => 1, 0),
    advantages: vector(({ advantage }) => advantage),
    rewards: vector(({ advantage }) => Math.max(advantage, 0)),
    groups: vector(({ group }) => group),
    logPartition: vector(({ group }) => group / 4),
  };
}

const row = (largest: number, masks = fc.constantFrom([1, 1, 1], [1, 0, 1], [1, 0, 0], [0, 0, 0])) =>
  fc.record({
    logRatios: fc.array(fc.double({ min: -largest, max: largest, noNaN: true }), {
      minLength: width,
      maxLength: width,
    }),
    advantage: fc.constantFrom(-2, -0.5, 0, 0.5, 2),
    mask: masks,
    group: fc.constantFrom(0, 1, 2),
  });

describeBackends('every policy loss', () => {
  const read = (tensor: tf.Tensor) => Array.from(tensor.dataSync());
  const evaluate = (loss: Loss, inputs: Inputs, aggregation: Aggregation) => {
    const run = () =>
      tf.tidy(() => {
        const { value, grad } = tf.valueAndGrad(
          (logProbs: tf.Tensor) => loss({ ...inputs, logProbs: logProbs as tf.Tensor2D }, aggregation).loss,
        )(inputs.logProbs);
        return { value: read(value)[0] ?? Number.NaN, gradient: read(grad) };
      });
    return run();
  };
  const batchCounts = (rows: readonly Row[]) => ({
    tokenCount: rows.flatMap(({ mask }) => mask).filter((bit) => bit === 1).length,
    sequenceCount: rows.filter(({ mask }) => mask.includes(1)).length,
    scaleFactor: 8,
  });
  const modes = [
    'token-mean',
    'token-sum',
    'sequence-mean-token-sum',
    'sequence-mean-token-sum-norm',
    'sequence-mean-token-mean',
  ] as const;
  const closeTo = (value: number, expected: number, scale = 1) =>
    expect(Math.abs(value - expected)).toBeLessThanOrEqual(2e-5 * Math.max(scale, Math.abs(expected)));

  describe.each(Object.entries(losses))('%s', (name, loss) => {
    it('adds up over micro-batches of whole groups, in value and gradient, whatever the order of rows', () => {
      fc.assert(
        fc.property(fc.array(row(1), { minLength: 2, maxLength: 6 }), fc.constantFrom(...modes), (rows, mode) => {
          const aggregation = { mode, ...batchCounts(rows) };
          const whole = inputsOf(rows);
          const selected =
            name === 'clipCovLoss'
              ? selectClipCovTokens(clean(whole), { covarianceLow: 0 })
              : selectKlCovTokens(clean(whole), 0.2);
          const expected = evaluate(loss, { ...whole, selected }, aggregation);
          const order = rows
            .map((_, position) => position)
            .sort((a, b) => (rows[b]?.group ?? 0) - (rows[a]?.group ?? 0));
          const parts = [0, 1, 2].map((group) => order.filter((position) => rows[position]?.group === group));
          let sum = 0;
          for (const positions of parts.filter((part) => part.length > 0)) {
            const part = inputsOf(positions.map((position) => rows[position] as Row));
            const chosen = tf.gather(selected, positions);
            const { value, gradient } = evaluate(loss, { ...part, selected: chosen }, aggregation);
            sum += value;
            positions.forEach((position, place) => {
              for (let token = 0; token < width; token += 1) {
                closeTo(
                  gradient[place * width + token] ?? Number.NaN,
                  expected.gradient[position * width + token] ?? 0,
                );
              }
            });
          }
          closeTo(sum, expected.value, 10);
        }),
        { numRuns: 15 },
      );
    });

    // Exactly: a number becomes a float32 as soon as it meets a tensor, whichever way it comes.
    it.each(modes)('takes counts as scalar tensors in mode %s, and reads no value', (mode) => {
      const rows = [
        { logRatios: [0.1, -0.4, 0], advantage: 2, mask: [1, 1, 0], group: 0 },
        { logRatios: [-0.7, 0.3, 0.2], advantage: -0.5, mask: [1, 1, 1], group: 0 },
      ];
      const outcomeOf = (aggregation: Aggregation) =>
        tf.tidy(() => {
          const reads = vi.spyOn(tf.engine(), 'readSync');
          const inputs = inputsOf(rows);
          const { loss: value, metrics } = loss(inputs, aggregation);
          const slope = tf.grad(
            (logProbs: tf.Tensor) => loss({ ...inputs, logProbs: logProbs as tf.Tensor2D }, aggregation).loss,
          )(inputs.logProbs);
          expect(reads).not.toHaveBeenCalled();
          reads.mockRestore();
          return [value, ...(Object.values(metrics) as tf.Tensor[]), slope].map(read);
        });
      const counts = { tokenCount: 13, sequenceCount: 5, scaleFactor: 8 };
      const tensors = Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, tf.scalar(count)]));
      expect(outcomeOf({ mode, ...tensors })).toEqual(outcomeOf({ mode, ...counts }));
      tf.dispose(tensors);
    });

    it('is finite up to a log ratio of 1e4, in value and gradient', () => {
      fc.assert(
        fc.property(fc.array(row(1e4), { minLength: 1, maxLength: 4 }), (rows) => {
          const aggregation = { mode: 'sequence-mean-token-mean', ...batchCounts(rows) } as const;
          const { value, gradient } = evaluate(loss, inputsOf(rows), aggregation);
          expect([value, ...gradient].every(Number.isFinite)).toBe(true);
        }),
        { numRuns: 25 },
      );
    });

    it('never reads masked places', () => {
      const rows = [
        { logRatios: [0.5, -0.25, 0.125], advantage: 1, mask: [1, 0, 1], group: 0 },
        { logRatios: [0.25, 0.5, -0.5], advantage: -1, mask: [1, 1, 0], group: 0 },
      ];
      const aggregation = { mode: 'token-mean' } as const;
      expect(evaluate(loss, inputsOf(rows, Number.NaN), aggregation)).toEqual(
        evaluate(loss, inputsOf(rows), aggregation),
      );
    });

    it('costs 0 with everything masked, and measures 0', () => {
      const rows = [{ logRatios: [1, 1, 1], advantage: 1, mask: [0, 0, 0], group: 0 }];
      const { value, gradient } = evaluate(loss, inputsOf(rows), { mode: 'token-mean', tokenCount: 0 });
      expect([value, ...gradient].map(Math.abs)).toEqual([0, 0, 0, 0]);
      const { metrics } = loss(inputsOf(rows), { mode: 'token-mean', tokenCount: 0 });
      expect(Object.values(metrics).map((metric) => Math.abs(read(metric as tf.Scalar)[0] ?? 1))).toEqual(
        Object.values(metrics).map(() => 0),
      );
    });

    it('refuses shapes that do not fit', () => {
      const inputs = inputsOf([{ logRatios: [0, 0, 0], advantage: 1, mask: [1, 1, 1], group: 0 }]);
      const aggregation = { mode: 'token-mean' } as const;
      expect(() => loss({ ...inputs, mask: tf.ones([1, 2]) }, aggregation)).toThrow(ShapeError);
      expect(() => loss({ ...inputs, oldLogProbs: tf.ones([2, 3]) }, aggregation)).toThrow(ShapeError);
      expect(() => loss({ ...inputs, advantages: tf.ones([2]) }, aggregation)).toThrow(ShapeError);
      expect(() => loss({ ...inputs, importanceWeights: tf.ones([3, 1]) }, aggregation)).toThrow(ShapeError);
    });

    it('leaves no tensor behind', () => {
      const inputs = inputsOf([{ logRatios: [0.5, -1, 2], advantage: 1, mask: [1, 1, 0], group: 0 }]);
      const before = tf.memory().numTensors;
      const { loss: value, metrics } = loss(inputs, { mode: 'token-mean' });
      tf.dispose([value, ...Object.values(metrics as Record<string, tf.Scalar>)]);
      evaluate(loss, inputs, { mode: 'token-mean' });
      expect(tf.memory().numTensors).toBe(before);
    });
  });

  function clean({ logProbs, oldLogProbs, advantages, mask }: Inputs) {
    return { logProbs, oldLogProbs, mask, advantages: tf.mul<tf.Tensor2D>(tf.expandDims(advantages, 1), mask) };
  }
});
