import { setTimeout as sleep } from 'node:timers/promises';
import { createModel, parseModelConfig } from '@rlloom/models';
import { type Environment, type GenerationRequest, type GenerationResult, RlloomError } from '@rlloom/spec';
import type { EpisodeStep, RolloutEngine, Task, Tokenizer, Trajectory } from '@rlloom/spec';
// eslint-disable-next-line @nx/enforce-module-boundaries -- rollout itself needs no tensor; its test needs a backend to run on
import { selectBackend } from '@rlloom/tensor';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { collectGroups, type CollectOptions } from './collect-groups.ts';
import { createLocalEngine } from './local-engine.ts';
import { deferred } from './pause-gate.ts';

const task: Task = { id: 'a', tag: 'echo', messages: [] };
const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens: 2 };
const tokenizer = { decode: (tokens: ArrayLike<number>) => Array.from(tokens).join(' ') };

const written = (stopReason: 'eos' | 'abort' = 'eos'): GenerationResult => ({
  tokens: Int32Array.of(7),
  logProbs: Float32Array.of(-1),
  samplingLogProbs: Float32Array.of(-1),
  policyVersions: Int32Array.of(0),
  stopReason,
});

type Generate = RolloutEngine['generate'];

function engineOf(generate: Generate, joinsCalls?: boolean): RolloutEngine {
  return {
    capabilities: {
      ...{ name: 'scripted', logProbs: 'exact', weightUpdate: 'shared', maxSequenceLength: 99 },
      ...{ seeded: true, stopStrings: false },
      ...(joinsCalls !== undefined && { joinsCalls }),
    },
    generate,
    updateWeights: async () => undefined,
    pause: async () => undefined,
    resume: async () => undefined,
    close: async () => undefined,
  };
}

/** Counts its calls by their sizes, and how many are under way at most. */
function countingEngine(joinsCalls?: boolean) {
  const sizes: number[] = [];
  let running = 0;
  const most = { atOnce: 0 };
  const engine = engineOf(async (requests) => {
    sizes.push(requests.length);
    most.atOnce = Math.max(most.atOnce, (running += 1));
    await sleep(1);
    running -= 1;
    return requests.map(() => written());
  }, joinsCalls);
  return { engine, sizes, most };
}

/** Episodes of `turns` turns, whose steps take as long as `step` does. */
function conversation(
  turns: number,
  step: (sampleIndex: number, turn: number) => Promise<unknown> = async () => undefined,
  closed: number[] = [],
): Environment {
  return {
    name: 'conversation',
    createEpisode(_, { sampleIndex }) {
      let turn = 0;
      return {
        start: async () => Int32Array.of(5, 6),
        async step(): Promise<EpisodeStep> {
          await step(sampleIndex, turn);
          return ++turn < turns ? { done: false, observationTokens: [9] } : { done: true };
        },
        close: async () => void closed.push(sampleIndex),
      };
    },
  };
}

function run(engine: RolloutEngine, environment: Environment, options: Partial<CollectOptions> = {}) {
  return collectGroups({
    ...{ engine, environment, tasks: [task], groupSize: 4, sampling, tokenizer, seed: 1 },
    ...options,
  });
}

const forever = new Promise<never>(() => undefined);

describe('a slow environment', () => {
  it.each([false, true])('holds up no other episode (engine joins calls: %s)', async (joinsCalls) => {
    let over = 0;
    const othersAreOver = deferred();
    const { engine, sizes, most } = countingEngine(joinsCalls);
    // The tool of the first episode answers when all others are over.
    const environment = conversation(3, async (sampleIndex, turn) => {
      if (sampleIndex === 0 && turn === 0) await othersAreOver.promise;
      else if (turn === 2 && (over += 1) === 3) othersAreOver.resolve();
    });
    const [group] = await run(engine, environment);
    expect(group?.trajectories.map(({ turns }) => turns.filter(({ author }) => author === 'policy').length)).toEqual([
      3, 3, 3, 3,
    ]);
    expect(sizes).toEqual([4, 3, 3, 1, 1]);
    expect(most.atOnce).toBe(1);
  });

  it('gets a call of its own beside those under way, where the engine joins calls', async () => {
    const [isSecond, isThird] = [deferred(), deferred()];
    const sizes: number[] = [];
    const engine = engineOf(async (requests) => {
      sizes.push(requests.length);
      // The call of the other three ends when the one of the first has come.
      if (sizes.length === 2) {
        isSecond.resolve();
        await isThird.promise;
      }
      if (sizes.length === 3) isThird.resolve();
      return requests.map(() => written());
    }, true);
    await run(
      engine,
      conversation(2, async (sampleIndex) => {
        if (sampleIndex === 0) await isSecond.promise;
      }),
    );
    expect(sizes).toEqual([4, 3, 1]);
  });

  it('waits for the engine that takes one call at a time, with all that are ready then', async () => {
    const ready: (() => void)[] = [];
    const { engine, sizes, most } = countingEngine();
    // Both slow ones answer while the other two are being written for the second time.
    const generate: Generate = (requests, options) => {
      if (sizes.length === 1) for (const answer of ready) answer();
      return engine.generate(requests, options);
    };
    const environment = conversation(3, async (sampleIndex, turn) => {
      if (sampleIndex < 2 && turn === 0) await new Promise<void>((resolve) => ready.push(resolve));
    });
    await run({ ...engine, generate }, environment);
    expect(sizes).toEqual([4, 2, 4, 2]);
    expect(most.atOnce).toBe(1);
  });

  it('does not keep an engine that fails from ending the call, nor a failure that concerns all an engine', async () => {
    const closed: number[] = [];
    let calls = 0;
    const failing = engineOf(async (requests) => {
      if ((calls += 1) === 2) throw new Error('gone');
      return requests.map(() => written());
    });
    const hangs = conversation(2, (sampleIndex) => (sampleIndex === 0 ? forever : Promise.resolve()), closed);
    await expect(run(failing, hangs)).rejects.toThrow('gone');
    expect([calls, closed.sort()]).toEqual([2, [0, 1, 2, 3]]);

    const refused = new RlloomError('data', { what: 'the template refuses' });
    let told = 0;
    const isWriting = deferred();
    const waiting = engineOf(async (requests, options) => {
      if (requests.length === 4) return requests.map(() => written());
      isWriting.resolve();
      if (options?.signal?.aborted !== true)
        await new Promise((resolve) => options?.signal?.addEventListener('abort', resolve));
      told += 1;
      return requests.map(() => written('abort'));
    }, true);
    const refusing = conversation(2, async (sampleIndex) => {
      if (sampleIndex !== 0) return;
      await isWriting.promise;
      throw refused;
    });
    await expect(run(waiting, refusing)).rejects.toBe(refused);
    expect(told).toBe(1);
  });
});

describe('on the local engine', () => {
  beforeAll(() => selectBackend({ backend: 'wasm' }));
  const model = () =>
    createModel(
      parseModelConfig({
        ...{ model_type: 'qwen2', vocab_size: 24, hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2 },
        ...{ num_key_value_heads: 1, intermediate_size: 24, max_position_embeddings: 64 },
        ...{ tie_word_embeddings: true, initializer_range: 0.5 },
      }),
      { seed: 1 },
    );
  const modelTokenizer = { ...tokenizer, eosTokenIds: [0], padTokenId: 0 } as unknown as Tokenizer;

  it('several turns cost one call each where no tool is slow', async () => {
    const engine = createLocalEngine({ model: model(), tokenizer: modelTokenizer });
    const sizes: number[] = [];
    const generate = (requests: readonly GenerationRequest[]) => {
      sizes.push(requests.length);
      return engine.generate(requests);
    };
    await run({ ...engine, generate }, conversation(3), { groupSize: 8 });
    expect(sizes).toEqual([8, 8, 8]);
  });

  it('however long tools take, a sample is the same', async () => {
    const weights = model();
    const engines = [false, true].map((interruptible) =>
      createLocalEngine({ model: weights, tokenizer: modelTokenizer, interruptible, maxBatchSize: 3 }),
    );
    const collect = async (engine: RolloutEngine, delays: readonly number[] = []): Promise<readonly Trajectory[]> => {
      const environment = conversation(3, (sampleIndex, turn) => {
        const delay = delays[sampleIndex * 3 + turn] ?? 0;
        return delay === 0 ? Promise.resolve() : sleep(delay);
      });
      return (await run(engine, environment, { sampling: { ...sampling, maxNewTokens: 6 } }))[0]?.trajectories ?? [];
    };
    const expected = await collect(engines[0] as RolloutEngine);
    expect(new Set(expected.map(({ responseText }) => responseText)).size).toBe(4);
    const delays = fc.array(fc.nat(8), { minLength: 12, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(delays, fc.constantFrom(...engines), async (some, engine) => {
        const found = await collect(engine, some);
        found.forEach(({ tokens, turns, rolloutLogProbs }, index) => {
          expect([...tokens]).toEqual([...(expected[index]?.tokens ?? [])]);
          expect(turns).toEqual(expected[index]?.turns);
          rolloutLogProbs.forEach((value, t) => {
            expect(value).toBeCloseTo(expected[index]?.rolloutLogProbs[t] ?? 9, 4);
          });
        });
      }),
      { numRuns: 30 },
    );
  });
});
