import type { LossDescription, TrainingSequence } from '@rlloom/spec';
import { adamW, applyUpdates, chain, clipByGlobalNorm, tf, valueAndGradients } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import { expect, it, vi } from 'vitest';
import { disposeBatchTensors, lossShape, toBatchTensors } from '../policy/batch-tensors.ts';
import { forwardTrained } from '../policy/forward-trained.ts';
import { tinyModel } from '../testing/tiny-model.ts';
import { resolveLoss } from './loss-catalogue.ts';

const descriptions: Readonly<Record<string, LossDescription>> = {
  policy: { name: 'policy', options: {} },
  'policy with every term': {
    name: 'policy',
    options: {
      clipRatioC: 3,
      ratioLevel: 'sequence',
      aggregation: 'sequence-mean-token-sum-norm',
      aggregationScale: 32,
      klCoefficient: 0.3,
      entropyCoefficient: 0.01,
    },
  },
  preference: { name: 'preference', options: { loss: 'sigmoid', chosenLikelihoodWeight: 0.2 } },
  'likelihood ratios': { name: 'preference', options: { loss: 'ipo' } },
  supervised: { name: 'supervised', options: {} },
  dft: { name: 'supervised', options: { kind: 'dft' } },
};

const sequences: TrainingSequence[] = [4, 6, 3, 7].map((length, row) => ({
  tokens: Int32Array.from({ length }, (_, t) => 2 + ((row * 5 + t * 3) % 10)),
  lossMask: Uint8Array.from({ length }, (_, t) => (t > 1 ? 1 : 0)),
  advantages: new Float32Array(length).fill(row % 2 === 0 ? 0.75 : -1.25),
  oldLogProbs: new Float32Array(length).fill(-2.4),
  referenceLogProbs: new Float32Array(length).fill(-2.2),
}));

// Of a batch of which the sequences are a part.
const batch = { tokenCount: 29, sequenceCount: 7, groupCount: 4, placeTokenCounts: [13, 16] };

describeBackends('a described loss', (backend) => {
  // Forward pass, loss, gradient and optimizer step, from numbers or from the same as scalar tensors.
  const step = async (description: LossDescription, how: 'numbers' | 'scalars') => {
    const of = (value: number) => (how === 'numbers' ? value : tf.scalar(value));
    const model = tinyModel(1);
    const optimizer = chain(clipByGlobalNorm(0.1), adamW({ weightDecay: 0.01 }));
    const state = optimizer.init(model.parameters);
    const ofStep = optimizer.coefficients(state.scalars, { learningRate: 0.01 });
    const { compute, coefficients } = resolveLoss(description);
    const loss = lossShape(sequences, 2);
    const tensors = toBatchTensors(sequences, { shape: [4, 7], packs: false, loss, padTokenId: 0 });
    const reads = vi.spyOn(tf.engine(), 'readSync');
    const results = tf.tidy(() => {
      const given = (record: Readonly<Record<string, number>>) =>
        Object.fromEntries(Object.entries(record).map(([name, value]) => [name, of(value)]));
      const { placeTokenCounts, ...counts } = batch;
      const { value, aux, gradients } = valueAndGradients((parameters) => {
        const output = forwardTrained({ config: model.config, parameters }, tensors, { temperature: 0.8 });
        const { loss, metrics } = compute({
          ...output,
          ...tensors.fields,
          mask: tensors.mask,
          counts: {
            ...(given(counts) as typeof counts),
            placeTokenCounts: placeTokenCounts.map(of),
            groupSize: 2,
          },
          coefficients: given(coefficients),
        });
        return { value: loss, aux: metrics };
      }, model.parameters);
      const { updates } = optimizer.update(gradients, state.tensors, {
        parameters: model.parameters,
        coefficients: given(ofStep.coefficients),
      });
      return { value, ...aux, ...applyUpdates(model.parameters, updates) };
    });
    expect(reads).not.toHaveBeenCalled();
    reads.mockRestore();
    const values = await Promise.all(
      Object.entries(results).map(async ([name, tensor]) => [name, await tensor.data()] as const),
    );
    tf.dispose([results, state.tensors]);
    disposeBatchTensors(tensors);
    model.dispose();
    return Object.fromEntries(values);
  };

  // Exactly: a number becomes a float32 as soon as it meets a tensor, whichever way it comes.
  it.each(Object.entries(descriptions))('%s trains alike by numbers and by scalar tensors', async (_, description) => {
    const before = tf.memory().numTensors;
    const expected = await step(description, 'numbers');
    expect(Object.values(expected).every((values) => values.every(Number.isFinite))).toBe(true);
    expect(await step(description, 'scalars')).toEqual(expected);
    expect(tf.memory().numTensors, backend).toBe(before);
  });
});

it('is one function whatever its coefficients are', () => {
  const policy = (options: object) => resolveLoss({ name: 'policy', options: { ...options } });
  const [one, other] = [policy({ klCoefficient: 0.1 }), policy({ klCoefficient: 0.2 })];
  expect(one.coefficients).toEqual({ klCoefficient: 0.1 });
  expect(other.key).toBe(one.key);
  expect(policy({ clipRatioLow: 0.3 }).key).not.toBe(one.key);
  expect(policy({}).key).toBe(policy({ clipRatioLow: 0.2 }).key);
  expect(resolveLoss({ name: 'supervised', options: {} }).key).not.toBe(one.key);
});

it('refuses a name or an option that there is not', () => {
  expect(() => resolveLoss({ name: 'toString', options: {} })).toThrow('there is no loss "toString"');
  expect(() => resolveLoss({ name: 'policy', options: { clipRatioLow: -1 } })).toThrow(/clipRatioLow/);
});
