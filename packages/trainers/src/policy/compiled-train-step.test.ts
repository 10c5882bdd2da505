import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdapter } from '@rlloom/models';
import type { LossDescription, TrainingBatch } from '@rlloom/spec';
import { adamW, chain, clipByGlobalNorm, hasGraphs, type ParameterTree, tf } from '@rlloom/tensor';
import { describeBackends, expectNoLeaks } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import { randomBatch } from '../testing/random-batch.ts';
import { tinyModel } from '../testing/tiny-model.ts';
import { createCompiledTrainStep } from './compiled-train-step.ts';
import { createLocalPolicy, type LocalPolicy, type LocalPolicyOptions, policyOver } from './local-policy.ts';
import { trainedWeights } from './trained-weights.ts';

const optimizer = chain(clipByGlobalNorm(1), adamW({ weightDecay: 0.01 }));
const supervised = { name: 'supervised', options: {} };
const policyLoss = (klCoefficient: number): LossDescription => ({
  name: 'policy',
  options: { clipRatioHigh: 0.28, klCoefficient, entropyCoefficient: 0.01 },
});

type Options = Omit<LocalPolicyOptions, 'optimizer' | 'padTokenId'>;

// Where there are no graphs, over a program that runs operation by operation.
function compiledPolicy(given: Options): LocalPolicy {
  const options = { ...given, optimizer, padTokenId: 0 };
  if (hasGraphs()) return createLocalPolicy(options);
  const { model, adapter, temperature = 1, gradientCheckpointing = false } = options;
  const { names, trainsOutput } = trainedWeights(options);
  const pass = { temperature, gradientCheckpointing, trainsOutput, products: 'float32' } as const;
  return policyOver(createCompiledTrainStep({ model, adapter, names, optimizer, ...pass }), options);
}

const eagerPolicy = (options: Options): LocalPolicy =>
  createLocalPolicy({ ...options, optimizer, padTokenId: 0, compiled: 'never' });

async function step(policy: LocalPolicy, batch: TrainingBatch, loss: Parameters<LocalPolicy['forwardBackward']>[1]) {
  const pass = await policy.forwardBackward(batch, loss);
  return { ...pass, metrics: { ...pass.metrics, ...(await policy.optimizerStep({ learningRate: 0.01 })) } };
}

async function valuesOf(tree: ParameterTree): Promise<number[]> {
  const all = await Promise.all(Object.values(tree).map((tensor) => tensor.data()));
  return all.flatMap((values) => [...values]);
}

function expectClose(
  where: string,
  [actual, expected]: readonly [number | undefined, number | undefined],
  tolerance = 1e-4,
): void {
  const difference = Math.abs((actual ?? Number.NaN) - (expected ?? Number.NaN));
  expect(difference, where).toBeLessThan(tolerance * Math.max(1, Math.abs(expected ?? 0)));
}

// The first number of two runs that is not the same, within 1e-4 relative.
async function expectSame(
  [one, other]: readonly [LocalPolicy, LocalPolicy],
  steps: readonly (readonly [TrainingBatch, Parameters<LocalPolicy['forwardBackward']>[1]])[],
): Promise<void> {
  for (const [i, [batch, loss]] of steps.entries()) {
    const [actual, expected] = [await step(one, batch, loss), await step(other, batch, loss)];
    for (const [name, value] of Object.entries(expected.metrics)) {
      if (name === 'padding_fraction') continue;
      expectClose(`step ${i}: ${name}`, [actual.metrics[name], value]);
    }
    expected.logProbs.forEach((row, r) => {
      row.forEach((value, t) => expectClose(`step ${i}: log-prob ${r}, ${t}`, [actual.logProbs[r]?.[t], value]));
    });
  }
}

const withPolicies = async (
  options: Omit<Options, 'model' | 'adapter'> & { readonly rank?: number },
  run: (
    policies: [LocalPolicy, LocalPolicy],
    owners: [{ parameters: ParameterTree }, { parameters: ParameterTree }],
  ) => Promise<void>,
): Promise<void> => {
  const { rank, ...rest } = options;
  const models = [tinyModel(1), tinyModel(1)] as const;
  const adapters = models.map((model) =>
    rank === undefined ? undefined : createAdapter(model, { rank, seed: 2, modulesToSave: ['norm'] }),
  );
  const of = (i: 0 | 1) => ({ ...rest, model: models[i], ...(adapters[i] && { adapter: adapters[i] }) });
  const policies: [LocalPolicy, LocalPolicy] = [compiledPolicy(of(0)), eagerPolicy(of(1))];
  await run(policies, [adapters[0] ?? models[0], adapters[1] ?? models[1]]);
  for (const each of [...policies, ...adapters, ...models]) each?.dispose();
};

const batches = (count: number) =>
  Array.from({ length: count }, (_, i) => randomBatch(i % 7, { count: 6, longest: 14 }));

describeBackends('a compiled train step', (backend) => {
  it('learns as the eager one does over 50 steps, with a KL coefficient that moves', async () => {
    await withPolicies({}, (policies) =>
      expectSame(
        policies,
        batches(50).map((batch, i) => [batch, policyLoss(0.01 * i)]),
      ),
    );
  });

  it('learns as the eager one does from demonstrations over 50 steps', async () => {
    await withPolicies({ temperature: 0.8 }, (policies) =>
      expectSame(
        policies,
        batches(50).map((batch) => [batch, supervised]),
      ),
    );
  });

  it.each([
    ['several passes per step', { maxTokensPerMicroBatch: 16 }],
    ['sequences longer than a pass', { maxTokensPerMicroBatch: 5 }],
    ['an adapter', { rank: 4 }],
    ['some parameters', { trains: (name: string) => name.includes('layers.1.mlp') }],
    ['layers that run again', { gradientCheckpointing: true }],
  ])('agrees with the eager one: %s', async (_, options) => {
    await withPolicies(options, async (policies, owners) => {
      await expectSame(
        policies,
        batches(4).map((batch) => [batch, policyLoss(0.1)]),
      );
      const [one, other] = [await valuesOf(owners[0].parameters), await valuesOf(owners[1].parameters)];
      one.forEach((value, i) => expectClose(`weight ${i}`, [value, other[i]], 1e-3));
    });
  });

  it('compares pairs', async () => {
    await withPolicies({ maxTokensPerMicroBatch: 30 }, (policies) =>
      expectSame(
        policies,
        [1, 2, 3].map((seed) => [
          randomBatch(seed, { count: 6, longest: 10, groupSize: 2 }),
          { name: 'preference', options: { loss: 'sigmoid', chosenLikelihoodWeight: 0.3 } },
        ]),
      ),
    );
  });

  it('takes a loss that is a function', async () => {
    const loss = ({ logProbs, mask }: { logProbs: tf.Tensor2D; mask: tf.Tensor2D }) => ({
      loss: tf.neg<tf.Scalar>(tf.sum(tf.mul(logProbs, mask))),
      metrics: { rows: tf.scalar(logProbs.shape[0]) },
    });
    await withPolicies({}, (policies) =>
      expectSame(
        policies,
        batches(3).map((batch) => [batch, loss]),
      ),
    );
  });

  it('takes one sequence, one token, no sequence, and nothing that trains', async () => {
    const nothing = randomBatch(1, { count: 2, longest: 6 }).sequences.map((sequence) => ({
      ...sequence,
      lossMask: new Uint8Array(sequence.tokens.length),
    }));
    const oneToken = { tokens: Int32Array.of(3), lossMask: Uint8Array.of(1) };
    await withPolicies({}, async (policies) => {
      await expectSame(policies, [[randomBatch(3, { count: 1, longest: 9 }), supervised]]);
      for (const policy of policies) {
        expect((await policy.forwardBackward({ sequences: [] }, supervised)).logProbs).toEqual([]);
        expect(await policy.optimizerStep({ learningRate: 1 })).toEqual({ gradient_norm: 0 });
        expect((await policy.logProbs({ sequences: [oneToken] })).logProbs).toEqual([Float32Array.of(0)]);
        const { logProbs } = await policy.forwardBackward({ sequences: nothing }, policyLoss(0));
        expect(logProbs.every((row) => row.every((value) => value === 0))).toBe(true);
      }
    });
  });

  it('computes log-probs and entropies', async () => {
    await withPolicies({ temperature: 1.3 }, async ([one, other]) => {
      const batch = randomBatch(5, { count: 7, longest: 12 });
      const [actual, expected] = [await one.logProbs(batch), await other.logProbs(batch)];
      for (const name of ['logProbs', 'entropies'] as const) {
        expected[name].forEach((row, r) => {
          row.forEach((value, t) => expectClose(`${name} ${r}, ${t}`, [actual[name][r]?.[t], value], 1e-5));
        });
      }
    });
  });

  it('keeps weights and state when the gradient is not finite, and goes on', async () => {
    await withPolicies({}, async (policies, owners) => {
      const [policy] = policies;
      const [batch] = batches(1) as [TrainingBatch];
      const broken = {
        sequences: batch.sequences.map((sequence) => ({
          ...sequence,
          advantages: new Float32Array(sequence.tokens.length).fill(Number.NaN),
        })),
      };
      const before = await valuesOf(owners[0].parameters);
      await policy.forwardBackward(broken, policyLoss(0));
      await expect(policy.optimizerStep({ learningRate: 0.01 })).rejects.toMatchObject({ kind: 'health' });
      expect(await valuesOf(owners[0].parameters)).toEqual(before);
      expect(policy.version).toBe(0);
      await expectSame(policies, [[batch, policyLoss(0)]]);
    });
  });

  it.each([
    ['compiled', 'compiled'],
    ['eager', 'compiled'],
    ['compiled', 'eager'],
  ] as const)('goes on from a saved state: %s, then %s', async (first, second) => {
    const make = { compiled: compiledPolicy, eager: eagerPolicy };
    const directory = await mkdtemp(join(tmpdir(), 'rlloom-compiled-'));
    const models = [tinyModel(1), tinyModel(2)] as const;
    const policy = make[first]({ model: models[0] });
    const restored = make[second]({ model: models[1] });
    const all = batches(5);
    for (const batch of all.slice(0, 2)) await step(policy, batch, policyLoss(0.1));
    await policy.saveState(directory);
    await restored.loadState(directory);
    expect(restored.version).toBe(2);
    for (const batch of all.slice(2)) {
      const [expected, actual] = [
        await step(policy, batch, policyLoss(0.1)),
        await step(restored, batch, policyLoss(0.1)),
      ];
      // The same computation: the same bytes.
      if (first === second) expect(actual.metrics).toEqual(expected.metrics);
      expectClose('loss', [actual.metrics['loss'], expected.metrics['loss']], 1e-5);
    }
    for (const each of [policy, restored, ...models]) each.dispose();
    await rm(directory, { recursive: true });
  });

  it('works beside another policy of the model, and takes its variables along when it goes', async () => {
    const model = tinyModel(1);
    const { program } = model;
    const own = Object.keys(program.read()).length;
    tf.dispose(program.read());
    const [batch] = batches(1) as [TrainingBatch];
    const [one, other] = [compiledPolicy({ model }), compiledPolicy({ model })];
    await step(one, batch, supervised);
    other.dispose();
    const before = await step(one, batch, supervised);
    one.dispose();
    const last = compiledPolicy({ model });
    expect((await step(last, batch, supervised)).metrics['loss']).toBeLessThan(before.metrics['loss'] ?? 0);
    await last.forwardBackward(batch, supervised);
    last.dispose();
    const left = program.read();
    expect(Object.keys(left)).toHaveLength(own);
    tf.dispose(left);
    model.dispose();
  });

  it('leaks no tensor', async () => {
    const run = async () => {
      await withPolicies({ rank: 2, maxTokensPerMicroBatch: 20 }, async ([policy]) => {
        for (const batch of batches(2)) await step(policy, batch, policyLoss(0.1));
        await policy.forwardBackward((batches(1) as [TrainingBatch])[0], supervised);
        await policy.logProbs((batches(1) as [TrainingBatch])[0]);
      });
    };
    await run();
    await expectNoLeaks(run);
  });

  it('compiles no more once it has seen the shapes', async () => {
    const model = tinyModel(1);
    const policy = compiledPolicy({ model });
    for (const batch of batches(7)) await step(policy, batch, policyLoss(0.1));
    const { compilations } = model.program.statistics;
    for (const [i, batch] of batches(14).entries()) await step(policy, batch, policyLoss(0.2 * i));
    expect(model.program.statistics.compilations, backend).toBe(compilations);
    for (const each of [policy, model]) each.dispose();
  });

  it('needs graphs for products in bfloat16', async () => {
    const model = tinyModel(1);
    const make = (compiled: 'auto' | 'never') =>
      createLocalPolicy({ model, optimizer, padTokenId: 0, products: 'bfloat16', compiled });
    expect(() => make('never')).toThrow(/compilation is off/);
    if (!hasGraphs()) expect(() => make('auto')).toThrow(/"\w+" does not/);
    else {
      const other = tinyModel(1);
      const [half, full] = [make('auto'), compiledPolicy({ model: other })];
      const [batch] = batches(1) as [TrainingBatch];
      for (let i = 0; i < 5; i++) {
        const [rounded, exact] = [await step(half, batch, supervised), await step(full, batch, supervised)];
        expectClose('loss', [rounded.metrics['loss'], exact.metrics['loss']], 0.05);
        expect(rounded.metrics['loss']).not.toBe(exact.metrics['loss']);
      }
      for (const each of [half, full, other]) each.dispose();
    }
    model.dispose();
  });
});
