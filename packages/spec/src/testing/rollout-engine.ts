import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  DrawnTokens,
  EngineCallOptions,
  GenerationRequest,
  RolloutEngine,
  SamplingParameters,
  WeightSource,
} from '../engine.ts';

/** What the suite needs to drive an engine. */
export interface RolloutEngineFixture {
  readonly engine: RolloutEngine;
  /** Two or more prompts of different lengths, valid for the engine's model. */
  readonly prompts: readonly (readonly number[])[];
  /** Weights of a version, of the kind the engine takes. Default: shared ones. */
  readonly weights?: (version: number) => Promise<WeightSource>;
}

const sampling: SamplingParameters = { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens: 8, eosTokenIds: [] };

/**
 * Conformance suite of `RolloutEngine`: tokens in and out, aligned log-probs, order, seeds, budgets, abort,
 * versions. One line per implementation.
 *
 * @param name shown in the test report
 * @param make builds the engine; closed by the suite
 */
export function testRolloutEngine(name: string, make: () => Promise<RolloutEngineFixture>): void {
  describe(`RolloutEngine conformance: ${name}`, () => {
    let fixture: RolloutEngineFixture;
    beforeAll(async () => {
      fixture = await make();
    });
    afterAll(async () => {
      await fixture.engine.close();
      await fixture.engine.close();
    });
    const requests = (change: Partial<SamplingParameters> = {}, seed = 7): GenerationRequest[] =>
      fixture.prompts.map((promptTokens, index) => ({
        promptTokens,
        seed: seed + index,
        sampling: { ...sampling, ...change },
      }));

    it('answers every request in order with aligned arrays', async ({ task }) => {
      // For tables of engines.
      Object.assign(task.meta, { capabilities: fixture.engine.capabilities });
      const results = await fixture.engine.generate(requests());
      expect(results).toHaveLength(fixture.prompts.length);
      for (const result of results) {
        expect(result.tokens).toHaveLength(8);
        expect(result.stopReason).toBe('length');
        expect(result.logProbs).toHaveLength(8);
        expect(result.samplingLogProbs).toHaveLength(8);
        expect(result.policyVersions).toHaveLength(8);
        for (const logProb of result.logProbs) {
          expect(logProb).toBeLessThanOrEqual(0);
          expect(Number.isFinite(logProb)).toBe(true);
        }
      }
    });

    it('accepts an empty list', async () => {
      expect(await fixture.engine.generate([])).toEqual([]);
    });

    it('gives a request the same tokens alone and among others', async ({ skip }) => {
      skip(!fixture.engine.capabilities.seeded, 'it does not take seeds');
      const all = await fixture.engine.generate(requests());
      const [alone] = await fixture.engine.generate(requests().slice(1, 2));
      expect([...(alone?.tokens ?? [])]).toEqual([...(all[1]?.tokens ?? [])]);
    });

    it('draws other tokens for another seed', async () => {
      const first = await fixture.engine.generate(requests({ temperature: 2 }, 7));
      const second = await fixture.engine.generate(requests({ temperature: 2 }, 1007));
      expect(first.map((result) => [...result.tokens])).not.toEqual(second.map((result) => [...result.tokens]));
    });

    it('ends at an end-of-sequence token and keeps it', async () => {
      const [free] = await fixture.engine.generate(requests({ temperature: 0 }).slice(0, 1));
      const end = free?.tokens[2] ?? -1;
      const firstIndex = free?.tokens.indexOf(end) ?? -1;
      const [ended] = await fixture.engine.generate(requests({ temperature: 0, eosTokenIds: [end] }).slice(0, 1));
      expect([...(ended?.tokens ?? [])]).toEqual([...(free?.tokens ?? [])].slice(0, firstIndex + 1));
      expect(ended?.stopReason).toBe('eos');
    });

    it('marks tokens with the version of the weights', async ({ skip }) => {
      const { engine, weights = async (version) => ({ kind: 'shared', version }) as const } = fixture;
      skip(engine.capabilities.weightUpdate === 'none', 'it takes no new weights');
      await engine.updateWeights(await weights(5));
      const [result] = await fixture.engine.generate(requests().slice(0, 1));
      expect([...(result?.policyVersions ?? [])]).toEqual(Array(8).fill(5));
    });

    it('answers with what it has when aborted', async () => {
      const results = await fixture.engine.generate(requests({ maxNewTokens: 4 }), { signal: AbortSignal.abort() });
      for (const result of results) {
        expect(result.stopReason).toBe('abort');
        expect(result.tokens.length).toBeLessThanOrEqual(4);
      }
    });

    it('tells of tokens as they are drawn: joined they are the result', async ({ skip }) => {
      skip(fixture.engine.capabilities.streams !== true, 'it does not stream');
      const told = tellings();
      const results = await fixture.engine.generate(requests(), { onTokens: told.onTokens });
      for (const [index, result] of results.entries()) {
        expect(told.calls(index)).toBeGreaterThan(1);
        expect(told.joined(index)).toEqual({ tokens: [...result.tokens], logProbs: [...result.logProbs] });
      }
      // Nobody listening changes nothing.
      const alone = await fixture.engine.generate(requests());
      if (fixture.engine.capabilities.seeded)
        expect(alone.map(({ tokens }) => tokens)).toEqual(results.map(({ tokens }) => tokens));
    });

    it('has told of all tokens there are when aborted', async ({ skip }) => {
      skip(fixture.engine.capabilities.streams !== true, 'it does not stream');
      const told = tellings();
      const abort = new AbortController();
      const onTokens: typeof told.onTokens = (index, drawn) => {
        told.onTokens(index, drawn);
        abort.abort();
      };
      const results = await fixture.engine.generate(requests(), { signal: abort.signal, onTokens });
      expect(results.some(({ stopReason }) => stopReason === 'abort')).toBe(true);
      for (const [index, result] of results.entries()) {
        expect(told.joined(index)).toEqual({ tokens: [...result.tokens], logProbs: [...result.logProbs] });
      }
    });

    it('waits while paused and loses nothing', async () => {
      await fixture.engine.pause();
      let finished = false;
      const pending = fixture.engine.generate(requests().slice(0, 1)).then((results) => {
        finished = true;
        return results;
      });
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(finished).toBe(false);
      await fixture.engine.resume();
      expect((await pending)[0]?.tokens).toHaveLength(8);
    });

    it('refuses a request that cannot fit', async () => {
      const tooLong = fixture.engine.capabilities.maxSequenceLength + 1;
      await expect(fixture.engine.generate(requests({ maxNewTokens: tooLong }))).rejects.toMatchObject({
        isRlloomError: true,
      });
    });
  });
}

interface Tellings {
  readonly onTokens: NonNullable<EngineCallOptions['onTokens']>;
  /** How often a request was told of. */
  calls(request: number): number;
  joined(request: number): { readonly tokens: readonly number[]; readonly logProbs: readonly number[] };
}

function tellings(): Tellings {
  const all: { readonly request: number; readonly drawn: DrawnTokens }[] = [];
  const of = (request: number): readonly DrawnTokens[] =>
    all.filter((each) => each.request === request).map(({ drawn }) => drawn);
  return {
    onTokens: (request, drawn) => void all.push({ request, drawn }),
    calls: (request) => of(request).length,
    joined: (request) => ({
      tokens: of(request).flatMap(({ tokens }) => tokens),
      logProbs: of(request).flatMap(({ logProbs }) => logProbs),
    }),
  };
}
