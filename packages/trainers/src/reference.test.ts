import { createAdapter, mergeAdapter } from '@rlloom/models';
import { isRlloomError } from '@rlloom/spec';
import { adamW, cloneTree } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import { createLocalPolicy } from './policy/local-policy.ts';
import { createAdapterReference, createBaseReference, createReference } from './reference.ts';
import { randomBatch } from './testing/random-batch.ts';
import { tinyModel } from './testing/tiny-model.ts';

const options = { temperature: 0.9, maxTokensPerMicroBatch: 64, padTokenId: 0 };
const batch = randomBatch(1, { count: 4, longest: 9 });

function expectClose(actual: readonly Float32Array[], expected: readonly Float32Array[]): void {
  actual.forEach((row, r) => row.forEach((value, t) => expect(value).toBeCloseTo(expected[r]?.[t] ?? Number.NaN, 4)));
}

const distance = (one: readonly Float32Array[], other: readonly Float32Array[]): number =>
  Math.max(...one.flatMap((row, r) => [...row].map((value, t) => Math.abs(value - (other[r]?.[t] ?? Number.NaN)))));

describeBackends('a reference beside an adapter', () => {
  it('is the model alone, or with a copy of the adapter, while the adapter trains', async () => {
    const model = tinyModel(1);
    const adapter = createAdapter(model, { rank: 4, seed: 2 });
    const policy = createLocalPolicy({ model, adapter, optimizer: adamW({}), padTokenId: 0 });
    const train = async (): Promise<void> => {
      await policy.forwardBackward(batch, { name: 'supervised', options: {} });
      await policy.optimizerStep({ learningRate: 0.05 });
    };
    const whole = createReference(model, options);
    const alone = await whole.logProbs(batch);
    await train();
    const base = createBaseReference(model, options);
    const started = createAdapterReference(model, adapter, options);
    const merged = mergeAdapter(model, adapter);
    const ofMerged = createReference(merged, options);
    const start = await ofMerged.logProbs(batch);
    await train();

    expect(Object.keys(base.parameters)).toEqual([]);
    expectClose(await base.logProbs(batch), alone);
    expectClose(await started.logProbs(batch), start);
    expect(distance(start, alone)).toBeGreaterThan(0.01);

    const kept = cloneTree(started.parameters);
    started.refresh();
    expect(distance(await started.logProbs(batch), start)).toBeGreaterThan(0.01);
    started.replace(kept);
    expectClose(await started.logProbs(batch), start);
    for (const each of [policy, whole, base, started, merged, ofMerged, adapter, model]) each.dispose();
  });

  it('refuses another reference than the model', () => {
    const model = tinyModel(1);
    const error: unknown = (() => {
      try {
        return createBaseReference(model, options).refresh();
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(isRlloomError(error) && error.where).toBe('model.adapter.reference');
    model.dispose();
  });
});
