import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrainingBatch } from '@rlloom/spec';
import { adamW, chain, clipByGlobalNorm, selectBackend, tf } from '@rlloom/tensor';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tinyModel } from '../testing/tiny-model.ts';
import { createLocalPolicy, type LocalPolicy } from './local-policy.ts';

beforeAll(async () => {
  await selectBackend({ backend: 'wasm' });
});

// Five sequences of different lengths, with positive and negative advantages and log-probs that are not on-policy.
const batch: TrainingBatch = {
  sequences: [3, 9, 5, 7, 4].map((length, row) => ({
    tokens: Int32Array.from({ length }, (_, t) => 2 + ((row * 5 + t * 3) % 10)),
    lossMask: Uint8Array.from({ length }, (_, t) => (t > 1 && (t + row) % 4 !== 0 ? 1 : 0)),
    advantages: new Float32Array(length).fill(row % 2 === 0 ? 0.75 : -1.25),
    oldLogProbs: new Float32Array(length).fill(-2.4),
    referenceLogProbs: new Float32Array(length).fill(-2.2),
    rolloutLogProbs: new Float32Array(length).fill(-2.4),
  })),
};

const policyFor = (model: ReturnType<typeof tinyModel>, maxTokensPerMicroBatch = 4096) =>
  createLocalPolicy({
    model,
    optimizer: chain(clipByGlobalNorm(1), adamW({ weightDecay: 0.01 })),
    padTokenId: 0,
    maxTokensPerMicroBatch,
  });

async function valuesOf(model: ReturnType<typeof tinyModel>): Promise<number[]> {
  const all = await Promise.all(Object.values(model.parameters).map((tensor) => tensor.data()));
  return all.flatMap((values) => [...values]);
}

const aggregations = [
  'token-mean',
  'token-sum',
  'sequence-mean-token-sum',
  'sequence-mean-token-sum-norm',
  'sequence-mean-token-mean',
] as const;

describe('createLocalPolicy', () => {
  let model: ReturnType<typeof tinyModel>;
  let policy: LocalPolicy;
  beforeEach(() => {
    model = tinyModel(1);
    policy = policyFor(model);
  });
  afterEach(() => {
    policy.dispose();
    model.dispose();
  });

  it('gives the same weights with gradient checkpointing', async () => {
    const other = tinyModel(1);
    const optimizer = chain(clipByGlobalNorm(1), adamW({ weightDecay: 0.01 }));
    const frugal = createLocalPolicy({ model: other, optimizer, padTokenId: 0, gradientCheckpointing: true });
    for (const each of [policy, frugal]) {
      await each.forwardBackward(batch, { name: 'supervised', options: {} });
      await each.optimizerStep({ learningRate: 0.01 });
    }
    const [plain, again] = [await valuesOf(model), await valuesOf(other)];
    again.forEach((value, i) => expect(value).toBeCloseTo(plain[i] ?? Number.NaN, 6));
    for (const each of [frugal, other]) each.dispose();
  });

  it.each(aggregations)('gives the same loss and weights however the batch is split (%s)', async (aggregation) => {
    const loss = {
      name: 'policy',
      options: { aggregation, aggregationScale: 9, klCoefficient: 0.1, entropyCoefficient: 0.01 },
    };
    const whole = await policy.forwardBackward(batch, loss);
    const wholeNorm = (await policy.optimizerStep({ learningRate: 0.01 }))['gradient_norm'] ?? 0;
    const splitModel = tinyModel(1);
    const splitPolicy = policyFor(splitModel, 9);
    const split = await splitPolicy.forwardBackward(batch, loss);
    const splitNorm = (await splitPolicy.optimizerStep({ learningRate: 0.01 }))['gradient_norm'] ?? 0;
    expect(split.metrics['padding_fraction']).toBeLessThan(0.3);
    for (const [name, value] of Object.entries(whole.metrics)) {
      if (name !== 'padding_fraction') expect(split.metrics[name], name).toBeCloseTo(value, 5);
    }
    expect(Math.abs(splitNorm / wholeNorm - 1)).toBeLessThan(1e-5);
    split.logProbs.forEach((values, row) => {
      values.forEach((value, t) => expect(value).toBeCloseTo(whole.logProbs[row]?.[t] ?? Number.NaN, 5));
    });
    splitPolicy.dispose();
    splitModel.dispose();
  });

  it('returns log-probs aligned with tokens, 0 where nothing trains', async () => {
    const { logProbs, entropies } = await policy.logProbs(batch);
    batch.sequences.forEach((sequence, row) => {
      expect(logProbs[row]).toHaveLength(sequence.tokens.length);
      sequence.lossMask.forEach((trained, t) => {
        expect(logProbs[row]?.[t] === 0).toBe(trained === 0);
        expect((entropies[row]?.[t] ?? 0) > 0).toBe(trained === 1);
      });
    });
  });

  it('repeats itself byte for byte', async () => {
    const again = tinyModel(1);
    const other = policyFor(again);
    for (const one of [policy, other]) {
      for (let step = 0; step < 3; step++) {
        await one.forwardBackward(batch, { name: 'policy', options: {} });
        await one.optimizerStep({ learningRate: 0.01 });
      }
    }
    expect(await valuesOf(again)).toEqual(await valuesOf(model));
    other.dispose();
    again.dispose();
  });

  it('goes on from a saved state exactly', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'rlloom-policy-'));
    const step = async (one: LocalPolicy) => {
      await one.forwardBackward(batch, { name: 'policy', options: {} });
      await one.optimizerStep({ learningRate: 0.01 });
    };
    await step(policy);
    await policy.saveState(directory);
    await step(policy);
    const other = tinyModel(2);
    const restored = policyFor(other);
    await restored.loadState(directory);
    expect(restored.version).toBe(1);
    await step(restored);
    expect(await valuesOf(other)).toEqual(await valuesOf(model));
    restored.dispose();
    other.dispose();
    await rm(directory, { recursive: true });
  });

  it('keeps the weights when the gradient is not finite', async () => {
    const before = await valuesOf(model);
    const broken = {
      sequences: batch.sequences.map((sequence) => ({
        ...sequence,
        advantages: new Float32Array(sequence.tokens.length).fill(Number.NaN),
      })),
    };
    await policy.forwardBackward(broken, { name: 'policy', options: {} });
    await expect(policy.optimizerStep({ learningRate: 0.01 })).rejects.toMatchObject({ kind: 'health' });
    expect(await valuesOf(model)).toEqual(before);
  });

  it('leaks no tensor', async () => {
    const before = tf.memory().numTensors;
    await policy.forwardBackward(batch, { name: 'policy', options: {} });
    await policy.optimizerStep({ learningRate: 0.01 });
    await policy.logProbs(batch);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes an empty batch and a batch without trained tokens', async () => {
    expect((await policy.forwardBackward({ sequences: [] }, { name: 'policy', options: {} })).logProbs).toEqual([]);
    expect(await policy.optimizerStep({ learningRate: 1 })).toEqual({ gradient_norm: 0 });
  });

  it('refuses a loss that does not exist, and wrong options', async () => {
    await expect(policy.forwardBackward(batch, { name: 'polcy', options: {} })).rejects.toThrow(
      /there is no loss "polcy"/,
    );
    await expect(policy.forwardBackward(batch, { name: 'policy', options: { clipRatio: 1 } })).rejects.toThrow(
      /clipRatio/,
    );
  });
});
