import { createAdapter } from '@rlloom/models';
import type { TrainingSequence } from '@rlloom/spec';
import { adamW, chain, clipByGlobalNorm, selectBackend, tf } from '@rlloom/tensor';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLocalPolicy, type LocalPolicy } from './policy/local-policy.ts';
import { type PreferencePair, type PreferenceStep, preferenceBatch, preferenceStep } from './preference.ts';
import { createReference, type ReferencePolicy } from './reference.ts';
import { tinyModel } from './testing/tiny-model.ts';

beforeAll(async () => {
  await selectBackend({ backend: 'wasm' });
});

// Each token is a step further than the one before: what tells chosen from rejected.
const sequence = (length: number, start: number, step: number): TrainingSequence => ({
  tokens: Int32Array.from({ length }, (_, t) => 2 + ((start + t * step) % 10)),
  lossMask: Uint8Array.from({ length }, (_, t) => (t > 1 ? 1 : 0)),
});
// Pairs of unlike lengths, one with an empty completion.
const pairs: PreferencePair[] = [
  [4, 9],
  [7, 3],
  [5, 5],
  [8, 2],
  [3, 6],
].map(([chosen = 0, rejected = 0], i) => ({ chosen: sequence(chosen, i, 3), rejected: sequence(rejected, i, 7) }));

const options = { temperature: 1, padTokenId: 0, maxTokensPerMicroBatch: 4096 };
const optimizer = () => chain(clipByGlobalNorm(1e6), adamW({ weightDecay: 0 }));

describe('preferenceStep', () => {
  let model: ReturnType<typeof tinyModel>;
  let policy: LocalPolicy;
  let reference: ReferencePolicy;
  beforeEach(() => {
    model = tinyModel(1);
    policy = createLocalPolicy({ model, optimizer: optimizer(), ...options });
    reference = createReference(model, options);
  });
  afterEach(() => {
    for (const each of [policy, reference, model]) each.dispose();
  });
  const step = (more: Partial<PreferenceStep> = {}) =>
    preferenceStep({ policy, reference, pairs, loss: { loss: 'sigmoid' }, learningRate: 0.01, ...more });

  it('starts at the loss of indifference and learns to prefer the chosen', async () => {
    const first = await step();
    expect(first['preference/loss']).toBeCloseTo(Math.LN2, 6);
    expect(first).toMatchObject({ 'preference/pairs': 5, 'preference/reward_accuracy': 0 });
    expect(first['preference/reward_margin']).toBe(0);
    let last = first;
    for (let i = 0; i < 15; i++) last = await step();
    expect(last['preference/loss']).toBeLessThan(0.3);
    expect(last['preference/reward_accuracy']).toBe(1);
    expect(last['preference/chosen_reward']).toBeGreaterThan(0);
    expect(last['preference/rejected_reward']).toBeLessThan(0);
  });

  it('reports log-probs per completion', async () => {
    const { logProbs } = await policy.logProbs(preferenceBatch(pairs));
    const sums = logProbs.map((row) => row.reduce((sum, value) => sum + value, 0));
    const metrics = await step();
    for (const [place, name] of ['chosen', 'rejected'].entries()) {
      const own = sums.filter((_, index) => index % 2 === place).reduce((sum, value) => sum + value, 0) / 5;
      expect(metrics[`preference/${name}_log_prob`]).toBeCloseTo(own, 4);
    }
    // −Σ log π of the chosen over their 2 + 5 + 3 + 6 + 1 tokens.
    expect(metrics['preference/chosen_nll']).toBeCloseTo(((metrics['preference/chosen_log_prob'] ?? 0) * -5) / 17, 5);
  });

  it.each([
    { loss: 'sigmoid', beta: 0.5, lengthDesensitization: 0.3, chosenLikelihoodWeight: 0.7 },
    { loss: 'sigmoid_norm', divergence: 'js_divergence' },
    { loss: 'hinge' },
    { loss: 'cdpo', labelSmoothing: 0.2 },
    { loss: 'robust', labelSmoothing: 0.2, divergence: 'forward_kl' },
    { loss: 'exo_pair' },
    { loss: 'discopop' },
    { loss: 'ipo' },
    { loss: 'ipo', logRatios: 'sum' },
    { loss: 'nca_pair' },
    { loss: 'bco_pair' },
    { loss: 'sppo_hard' },
    { loss: 'apo_zero' },
    { loss: 'apo_down' },
  ] as const)('gives the same however the batch is split: %o', async (loss) => {
    // Away from the reference, where no loss is at a special point.
    await step();
    const other = tinyModel(1);
    const split = createLocalPolicy({ model: other, optimizer: optimizer(), ...options, maxTokensPerMicroBatch: 9 });
    await step({ policy: split });
    const whole = await step({ loss });
    const parts = await step({ loss, policy: split });
    for (const [name, value] of Object.entries(whole)) {
      if (name === 'preference/padding_fraction') continue;
      expect(Math.abs((parts[name] ?? Number.NaN) - value), name).toBeLessThan(2e-4 * Math.max(1, Math.abs(value)));
    }
    for (const each of [split, other]) each.dispose();
  });

  it('takes reference log-probs that were computed before, and needs them or a reference', async () => {
    const known = await reference.logProbs(preferenceBatch(pairs));
    const withKnown = pairs.map(({ chosen, rejected }, i) => ({
      chosen: { ...chosen, referenceLogProbs: known[2 * i] as Float32Array },
      rejected: { ...rejected, referenceLogProbs: known[2 * i + 1] as Float32Array },
    }));
    await step();
    const loss = { loss: 'sigmoid' } as const;
    const { metrics: expected } = await policy.forwardBackward(preferenceBatch(withKnown), {
      name: 'preference',
      options: loss,
    });
    expect((await step())['preference/loss']).toBeCloseTo(expected['loss'] ?? Number.NaN, 6);
    await expect(step({ reference: undefined })).rejects.toMatchObject({ kind: 'config' });
    expect(await step({ reference: undefined, pairs: withKnown })).toHaveProperty('preference/gradient_norm');
  });

  it('refuses sequences that are no pairs, and options of another loss', async () => {
    const { sequences } = preferenceBatch(pairs);
    const description = { name: 'preference', options: { loss: 'sigmoid' } };
    await expect(policy.forwardBackward({ sequences }, description)).rejects.toThrow(/groups of 1/);
    await expect(policy.forwardBackward(preferenceBatch(pairs), description)).rejects.toThrow(/given no log-probs/);
    await expect(policy.forwardBackward({ sequences: sequences.slice(1), groupSize: 2 }, description)).rejects.toThrow(
      /9 sequences are not whole groups of 2/,
    );
    await expect(step({ loss: { loss: 'hinge', labelSmoothing: 0.1 } as never })).rejects.toThrow(/labelSmoothing/);
    await expect(step({ loss: { loss: 'aot' } as never })).rejects.toThrow(/loss/);
  });

  it('trains an adapter against the model under it', async () => {
    const adapter = createAdapter(model, { rank: 4, seed: 1 });
    const lora = createLocalPolicy({ model, adapter, optimizer: optimizer(), ...options });
    const before = tf.memory().numTensors;
    const first = await step({ policy: lora, learningRate: 0.02 });
    expect(first['preference/loss']).toBeCloseTo(Math.LN2, 5);
    for (let i = 0; i < 15; i++) await step({ policy: lora, learningRate: 0.02 });
    expect((await step({ policy: lora, learningRate: 0 }))['preference/loss']).toBeLessThan(0.4);
    expect(tf.memory().numTensors).toBe(before);
    for (const each of [lora, adapter]) each.dispose();
  });
});
