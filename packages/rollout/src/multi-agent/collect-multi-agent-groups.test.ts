import type {
  AgentGeneration,
  AgentRequest,
  GenerationRequest,
  GenerationResult,
  MultiAgentEnvironment,
  MultiAgentStep,
  RolloutEngine,
  Task,
} from '@rlloom/spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectMultiAgentGroups, type CollectMultiAgentOptions } from './collect-multi-agent-groups.ts';

const tasks: Task[] = ['a', 'b'].map((id) => ({ id, tag: 'echo', messages: [] }));
const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens: 2 };
const tokenizer = { decode: (tokens: ArrayLike<number>) => Array.from(tokens).join(' ') };

// Numbers everything it generates, from 1000: no token is sampled twice. Two tokens per answer, or fewer where fewer are allowed.
function countingEngine(
  change: Partial<Pick<RolloutEngine, 'generate'>> & { readonly first?: number; readonly longest?: number } = {},
): { engine: RolloutEngine; calls: (readonly GenerationRequest[])[]; sampled: number[] } {
  const calls: (readonly GenerationRequest[])[] = [];
  const sampled: number[] = [];
  let next = change.first ?? 1000;
  const engine: RolloutEngine = {
    capabilities: {
      name: 'counter',
      logProbs: 'exact',
      weightUpdate: 'shared',
      maxSequenceLength: change.longest ?? 99,
      seeded: true,
      stopStrings: false,
    },
    async generate(requests, options) {
      calls.push(requests);
      const aborted = options?.signal?.aborted === true;
      return requests.map(({ sampling: { maxNewTokens } }): GenerationResult => {
        const tokens = aborted ? [] : Array.from({ length: Math.min(2, maxNewTokens) }, () => next++);
        sampled.push(...tokens);
        return {
          tokens: Int32Array.from(tokens),
          logProbs: Float32Array.from(tokens, () => -0.5),
          samplingLogProbs: Float32Array.from(tokens, () => -0.25),
          policyVersions: Int32Array.from(tokens, () => calls.length),
          stopReason: aborted ? 'abort' : 'eos',
        };
      });
    },
    updateWeights: async () => undefined,
    pause: async () => undefined,
    resume: async () => undefined,
    close: async () => undefined,
    ...(change.generate && { generate: change.generate }),
  };
  return { engine, calls, sampled };
}

type Script = (round: number, generations: readonly AgentGeneration[], sampleIndex: number) => MultiAgentStep;

/** Episodes that do what a script says; round 0 is the start. */
function scripted(
  agents: readonly string[],
  script: (...args: Parameters<Script>) => MultiAgentStep | Promise<MultiAgentStep>,
  closed: string[] = [],
): MultiAgentEnvironment {
  return {
    name: 'scripted',
    agents,
    createEpisode(task, { sampleIndex }) {
      let round = 0;
      return {
        start: async () => script(round, [], sampleIndex),
        step: async (generations) => script(++round, generations, sampleIndex),
        close: async () => {
          closed.push(`${task.id}${sampleIndex}`);
        },
      };
    },
  };
}

const ask = (...requests: AgentRequest[]): MultiAgentStep => ({ done: false, requests });
const prompt = (agent: string, ...promptTokens: number[]): AgentRequest => ({ agent, promptTokens });
const tell = (agent: string, ...observationTokens: number[]): AgentRequest => ({ agent, observationTokens });

function collect(
  environment: MultiAgentEnvironment,
  options: Partial<CollectMultiAgentOptions> = {},
): ReturnType<typeof collectMultiAgentGroups> {
  const engine = countingEngine().engine;
  return collectMultiAgentGroups({
    engine,
    environment,
    tasks: tasks.slice(0, 1),
    groupSize: 1,
    sampling,
    tokenizer,
    seed: 1,
    ...options,
  });
}

describe('collectMultiAgentGroups', () => {
  it('makes a trajectory of each conversation, token by token', async () => {
    const script: Script = (round, generations) => {
      if (round === 0) return ask(prompt('ann', 5, 6), prompt('bob', 7));
      if (round === 1) return { ...ask(tell('ann', 8, 9)), turnScores: [0.5, null] };
      expect(generations.map(({ agent, conversation }) => [agent, conversation])).toEqual([['ann', 0]]);
      return {
        done: true,
        turnScores: [0.25],
        agentScores: { ann: 1, bob: 2 },
        metrics: { rounds: 2 },
        reason: 'enough said',
      };
    };
    const [ann, bob, ...more] = await collect(scripted(['ann', 'bob'], script));
    expect(more).toEqual([]);
    expect(ann?.trajectories).toEqual([
      {
        taskId: 'a',
        tag: 'echo',
        sampleIndex: 0,
        agent: 'ann',
        episodeId: 'a:1:0.0',
        isAnswer: true,
        tokens: Int32Array.of(5, 6, 1000, 1001, 8, 9, 1004, 1005),
        promptLength: 2,
        lossMask: Uint8Array.of(0, 0, 1, 1, 0, 0, 1, 1),
        rolloutLogProbs: Float32Array.of(0, 0, -0.5, -0.5, 0, 0, -0.5, -0.5),
        policyVersions: Int32Array.of(-1, -1, 1, 1, -1, -1, 2, 2),
        stopReason: 'eos',
        turns: [
          { author: 'prompt', start: 0, end: 2 },
          { author: 'policy', start: 2, end: 4 },
          { author: 'environment', start: 4, end: 6 },
          { author: 'policy', start: 6, end: 8 },
        ],
        responseText: '1000 1001\n1004 1005',
        turnScores: [0.5, 1.25],
        episodeMetrics: { rounds: 2 },
        endReason: 'enough said',
      },
    ]);
    expect(bob?.trajectories[0]).toMatchObject({
      tokens: Int32Array.of(7, 1002, 1003),
      lossMask: Uint8Array.of(0, 1, 1),
      turnScores: [2],
      isAnswer: false,
      episodeId: 'a:1:0.0',
    });
  });

  it('groups by task, agent and conversation, a sample per episode', async () => {
    const script: Script = (round, _, sampleIndex) => {
      if (round === 0) return ask(prompt('ann', 5));
      // The second conversation of ann and bob's only one are not part of every episode.
      if (round === 1 && sampleIndex === 1) return ask(prompt('ann', 6), prompt('bob', 7));
      return { done: true };
    };
    const groups = await collect(scripted(['bob', 'ann', 'eve'], script), { tasks, groupSize: 2 });
    const shown = groups.map(({ task, trajectories }) => [
      task.id,
      ...trajectories.map(({ agent, sampleIndex, promptLength, tokens }) => [
        agent,
        sampleIndex,
        ...tokens.slice(0, promptLength),
      ]),
    ]);
    expect(shown).toEqual([
      ['a', ['bob', 1, 7]],
      ['a', ['ann', 0, 5], ['ann', 1, 5]],
      ['a', ['ann', 1, 6]],
      ['b', ['bob', 1, 7]],
      ['b', ['ann', 0, 5], ['ann', 1, 5]],
      ['b', ['ann', 1, 6]],
    ]);
    const ids = groups.flatMap(({ trajectories }) => trajectories.map(({ episodeId }) => episodeId));
    expect(new Set(ids).size).toBe(4);
  });

  it('takes the conversation the episode names as the answer', async () => {
    const script: Script = (round) =>
      round === 0
        ? ask(prompt('ann', 5), prompt('bob', 5))
        : { done: true, answers: [{ agent: 'bob', conversation: 0 }] };
    const groups = await collect(scripted(['ann', 'bob'], script));
    expect(groups.map(({ trajectories }) => trajectories[0]?.isAnswer)).toEqual([false, true]);
  });

  it('gives nothing for episodes in which nobody wrote', async () => {
    const closed: string[] = [];
    const groups = await collect(
      scripted(['ann'], () => ({ done: true }), closed),
      { tasks, groupSize: 2 },
    );
    expect(groups).toEqual([]);
    expect(closed.sort()).toEqual(['a0', 'a1', 'b0', 'b1']);
    expect(
      await collect(
        scripted(['ann'], () => ({ done: true })),
        { tasks: [] },
      ),
    ).toEqual([]);
  });

  it('draws each turn from a stream of its own, whoever is beside it', async () => {
    const script: Script = (round) =>
      round < 2 ? ask(round === 0 ? prompt('ann', 5) : tell('ann'), prompt('bob', 6)) : { done: true };
    const seedsOf = async (some: readonly Task[]) => {
      const { engine, calls } = countingEngine();
      await collect(scripted(['ann', 'bob'], script), { engine, tasks: some, groupSize: 2 });
      return calls.flatMap((requests) => requests.map(({ seed }) => seed));
    };
    const together = await seedsOf(tasks);
    expect(new Set(together).size).toBe(16);
    const apart = [...(await seedsOf(tasks.slice(0, 1))), ...(await seedsOf(tasks.slice(1)))];
    expect([...together].sort()).toEqual(apart.sort());
  });

  it('sends each agent to its engine, one batch per round and engine', async () => {
    const shared = countingEngine();
    const own = countingEngine({ first: 5000 });
    const script: Script = (round) => (round === 0 ? ask(prompt('ann', 5), prompt('bob', 6)) : { done: true });
    const groups = await collect(scripted(['ann', 'bob'], script), {
      engine: shared.engine,
      engines: { bob: own.engine },
      groupSize: 3,
      samplingOf: { bob: { maxNewTokens: 1 } },
    });
    expect([shared.calls.map(({ length }) => length), own.calls.map(({ length }) => length)]).toEqual([[3], [3]]);
    expect(groups[1]?.trajectories.map(({ tokens }) => [...tokens])).toEqual([
      [6, 5000],
      [6, 5001],
      [6, 5002],
    ]);
  });

  it('lets no team wait for the environment of another', async () => {
    let over = 0;
    let answer = (): void => undefined;
    const othersAreOver = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const [first, second] = [countingEngine(), countingEngine({ first: 5000 })];
    const script = async (round: number, _: unknown, sampleIndex: number): Promise<MultiAgentStep> => {
      if (sampleIndex === 0 && round === 1) await othersAreOver;
      if (round < 2) return ask(prompt(round === 0 ? 'ann' : 'bob', 5));
      if ((over += 1) === 2) answer();
      return { done: true };
    };
    await collect(scripted(['ann', 'bob'], script), {
      engines: { ann: first.engine, bob: second.engine },
      groupSize: 3,
    });
    expect([first.calls.map(({ length }) => length), second.calls.map(({ length }) => length)]).toEqual([[3], [2, 1]]);
  });

  it('never asks for more tokens than sampling, the request and the engine allow', async () => {
    const { engine, calls } = countingEngine({ longest: 10 });
    const script: Script = (round) =>
      round === 0
        ? ask(prompt('ann', 1, 2, 3, 4), { ...prompt('bob', 1), maxNewTokens: 3 }, prompt('eve', 1))
        : { done: true };
    await collect(scripted(['ann', 'bob', 'eve'], script), { engine, sampling: { ...sampling, maxNewTokens: 7 } });
    expect(calls[0]?.map((request) => request.sampling.maxNewTokens)).toEqual([6, 3, 7]);
  });

  it('tells progress in episodes', async () => {
    const seen: string[] = [];
    const script: Script = (round, _, sampleIndex) => (round <= sampleIndex ? ask(prompt('ann', 5)) : { done: true });
    await collect(scripted(['ann'], script), {
      groupSize: 2,
      onProgress: (done, total) => seen.push(`${done}/${total}`),
    });
    expect(seen).toEqual(['0/2', '1/2', '2/2']);
  });

  it.each([
    ['agents without an engine', { engine: undefined, engines: {} }, /agent "ann" has no engine/],
    ['engines of strangers', { engines: { tom: countingEngine().engine } }, /there is no agent "tom"/],
    ['sampling of strangers', { samplingOf: { tom: {} } }, /there is no agent "tom"/],
  ])('refuses %s', async (_, change, message) => {
    const closed: string[] = [];
    const { engine } = countingEngine();
    const options = { engine, environment: scripted(['ann'], () => ({ done: true }), closed), ...change };
    const { engine: given, ...others } = options;
    const call = collectMultiAgentGroups({
      ...{ tasks, groupSize: 1, sampling, tokenizer, seed: 1 },
      ...others,
      ...(given && { engine: given }),
    });
    await expect(call).rejects.toThrow(message);
    await expect(call).rejects.toMatchObject({ kind: 'config' });
    expect(closed).toEqual([]);
  });

  it('refuses two agents of one name', async () => {
    await expect(collect(scripted(['ann', 'ann'], () => ({ done: true })))).rejects.toThrow(/same name/);
  });
});

describe('failures of episodes', () => {
  const fails: [string, Script, RegExp][] = [
    [
      'throws at the start',
      () => {
        throw new Error('no seat');
      },
      /no seat/,
    ],
    ['asks nobody', () => ask(), /asks no agent/],
    ['asks a stranger', () => ask(prompt('tom', 1)), /"tom", who is not one of its agents/],
    ['gives an empty prompt', () => ask(prompt('ann')), /prompt of "ann" is empty/],
    ['goes on with what was not begun', () => ask(tell('bob', 1)), /not begun/],
    ['allows no token', () => ask({ ...prompt('ann', 1), maxNewTokens: 0 }), /at least 1 is needed/],
    [
      'outgrows the engine',
      () => ask(prompt('ann', ...Array<number>(99).fill(1))),
      /has 99 tokens, its engine takes 99/,
    ],
    ['scores a stranger', () => ({ done: true, agentScores: { tom: 1 } }), /scores "tom"/],
    ['scores turns that were not', () => ({ done: true, turnScores: [1] }), /1 turn scores for 0 turns/],
    ['gives a score that is none', () => ({ done: true, agentScores: { ann: Number.NaN } }), /score of NaN/],
    ['has its answer nowhere', () => ({ done: true, answers: [{ agent: 'ann', conversation: 3 }] }), /was not begun/],
  ];
  it.each(fails)('an episode that %s is a failed sample; the others go on', async (_, bad, message) => {
    const closed: string[] = [];
    const script: Script = (round, generations, sampleIndex) => {
      if (sampleIndex === 1) return bad(round, generations, sampleIndex);
      return round === 0 ? ask(prompt('ann', 5), prompt('bob', 6)) : { done: true };
    };
    const groups = await collect(scripted(['ann', 'bob'], script, closed), { groupSize: 3 });
    expect(groups).toHaveLength(2);
    for (const { trajectories } of groups) {
      expect(trajectories.map(({ sampleIndex }) => sampleIndex)).toEqual([0, 1, 2]);
      expect(trajectories.map(({ failure }) => failure !== undefined)).toEqual([false, true, false]);
      expect(trajectories[1]?.failure).toMatch(message);
      expect(trajectories[1]?.tokens).toHaveLength(0);
      expect(trajectories[1]?.isAnswer).toBe(false);
    }
    expect(closed.sort()).toEqual(['a0', 'a1', 'a2']);
  });

  it('keeps what was written before the failure', async () => {
    const script: Script = (round, _, sampleIndex) => {
      if (round === 0) return ask(prompt('ann', 5));
      if (sampleIndex === 0) throw new Error('the verifier is ill');
      return round === 1 ? ask(prompt('bob', 6)) : { done: true };
    };
    const [ann, bob] = await collect(scripted(['ann', 'bob'], script), { groupSize: 2 });
    expect(ann?.trajectories[0]).toMatchObject({ failure: 'the verifier is ill', responseText: '1000 1001' });
    expect(bob?.trajectories[0]).toMatchObject({ failure: 'the verifier is ill', responseText: '', sampleIndex: 0 });
    expect(bob?.trajectories[1]?.failure).toBeUndefined();
  });

  it('is an error when all fail, with the reason and the cause', async () => {
    const closed: string[] = [];
    const cause = new Error('boom');
    const environment = scripted(['ann'], () => Promise.reject(cause), closed);
    await expect(collect(environment, { groupSize: 2 })).rejects.toMatchObject({
      kind: 'rollout',
      what: 'all 2 episodes failed; the first: boom',
      cause,
    });
    expect(closed).toHaveLength(2);
  });

  it('tells of an episode that does not close, and closes the others', async () => {
    const closed: string[] = [];
    const environment = scripted(['ann'], (round) => (round === 0 ? ask(prompt('ann', 5)) : { done: true }), closed);
    const [group] = await collect(
      {
        ...environment,
        createEpisode: (task, context) => {
          const episode = environment.createEpisode(task, context);
          return context.sampleIndex === 0 ? { ...episode, close: () => Promise.reject(new Error('stuck')) } : episode;
        },
      },
      { groupSize: 2 },
    );
    expect(group?.trajectories.map(({ endReason }) => endReason)).toEqual(['closing it failed: stuck', undefined]);
    expect(closed).toEqual(['a1']);
  });

  it('an engine that fails ends the call when the other has come to rest, and all is closed', async () => {
    const closed: string[] = [];
    const events: string[] = [];
    const broken = countingEngine({ generate: () => Promise.reject(new Error('out of memory')) });
    const waiting = countingEngine({
      generate: (requests, options) =>
        new Promise((resolve) => {
          options?.signal?.addEventListener('abort', () => {
            events.push('told to abort');
            resolve(
              requests.map(() => ({
                tokens: new Int32Array(),
                logProbs: new Float32Array(),
                samplingLogProbs: new Float32Array(),
                policyVersions: new Int32Array(),
                stopReason: 'abort',
              })),
            );
          });
        }),
    });
    const script: Script = () => ask(prompt('ann', 5), prompt('bob', 6));
    const call = collect(scripted(['ann', 'bob'], script, closed), {
      engines: { ann: waiting.engine, bob: broken.engine },
      groupSize: 2,
    });
    await expect(call).rejects.toThrow('out of memory');
    expect(events).toEqual(['told to abort']);
    expect(closed).toHaveLength(2);
  });

  it('an engine that leaves a request unanswered is an error', async () => {
    const { engine } = countingEngine({ generate: async () => [] });
    await expect(
      collect(
        scripted(['ann'], () => ask(prompt('ann', 5))),
        { engine },
      ),
    ).rejects.toThrow(/0 results for 1 requests/);
  });
});

describe('abort', () => {
  it('before the start makes no episode', async () => {
    const closed: string[] = [];
    const environment = scripted(['ann'], () => ask(prompt('ann', 5)), closed);
    expect(await collect(environment, { signal: AbortSignal.abort() })).toEqual([]);
    expect(closed).toEqual([]);
  });

  it('while an engine works ends every episode with what there is', async () => {
    const controller = new AbortController();
    const counting = countingEngine();
    const { engine } = counting;
    const closed: string[] = [];
    const environment = scripted(['ann'], (round) => ask(round === 0 ? prompt('ann', 5) : tell('ann', 8)), closed);
    const [group, ...more] = await collect(environment, {
      engine: {
        ...engine,
        generate: async (requests, options) => {
          if (counting.calls.length === 1) controller.abort();
          return engine.generate(requests, options);
        },
      },
      signal: controller.signal,
      groupSize: 2,
    });
    expect(more).toEqual([]);
    expect(group?.trajectories.map(({ tokens, stopReason }) => [[...tokens], stopReason])).toEqual([
      [[5, 1000, 1001, 8], 'abort'],
      [[5, 1002, 1003, 8], 'abort'],
    ]);
    expect(closed).toHaveLength(2);
  });

  it('while the environment hangs does not wait for it', async () => {
    const controller = new AbortController();
    const closed: string[] = [];
    const environment = scripted(
      ['ann'],
      (round) => {
        if (round === 0) return ask(prompt('ann', 5));
        controller.abort();
        return new Promise(() => undefined);
      },
      closed,
    );
    const [group] = await collect(environment, { signal: controller.signal });
    expect(group?.trajectories[0]).toMatchObject({ stopReason: 'abort', isAnswer: false });
    expect(group?.trajectories[0]?.failure).toBeUndefined();
    expect(closed).toEqual(['a0']);
  });
});

describe('whatever the workflow', () => {
  const agents = ['ann', 'bob', 'eve'];
  // Who writes in each round, and whether they begin or go on; what was written so far is shown to them.
  const workflow = fc.array(
    fc.uniqueArray(fc.record({ agent: fc.constantFrom(...agents), begins: fc.boolean() }), {
      selector: ({ agent }) => agent,
      maxLength: 3,
    }),
    { maxLength: 5 },
  );

  it('every sampled token trains in exactly one trajectory, and nothing else does', async () => {
    await fc.assert(
      fc.asyncProperty(workflow, fc.integer({ min: 1, max: 3 }), fc.nat(4), async (rounds, groupSize, failsAt) => {
        const { engine, sampled } = countingEngine();
        const environment: MultiAgentEnvironment = {
          name: 'random',
          agents,
          createEpisode(_, { sampleIndex }) {
            const shown: number[] = [];
            const begun = new Set<string>();
            let round = 0;
            const next = async (): Promise<MultiAgentStep> => {
              if (sampleIndex === 1 && round === failsAt) throw new Error('fails');
              const who = rounds[round++] ?? [];
              if (who.length === 0) return { done: true };
              return ask(
                ...who.map(({ agent, begins }): AgentRequest => {
                  if (begins || !begun.has(agent)) {
                    begun.add(agent);
                    return prompt(agent, 1, ...shown);
                  }
                  return tell(agent, ...shown.slice(-3));
                }),
              );
            };
            return {
              start: next,
              step: (generations) => {
                for (const { result } of generations) shown.push(...result.tokens);
                return next();
              },
            };
          },
        };
        const groups = await collect(environment, { engine, groupSize, tasks }).catch((error: unknown) => {
          expect(error).toMatchObject({ what: expect.stringMatching(/^all/) as unknown });
          return undefined;
        });
        if (groups === undefined) return;
        const trained: number[] = [];
        for (const trajectory of groups.flatMap(({ trajectories }) => trajectories)) {
          const { tokens, lossMask, turns, rolloutLogProbs, policyVersions } = trajectory;
          const policyTurns = turns.filter(({ author }) => author === 'policy');
          expect([...lossMask]).toEqual(
            Array.from(tokens, (_, t) => (policyTurns.some(({ start, end }) => start <= t && t < end) ? 1 : 0)),
          );
          tokens.forEach((token, t) => {
            if (lossMask[t] === 1) trained.push(token);
            expect([rolloutLogProbs[t], (policyVersions[t] ?? 0) > 0]).toEqual(
              lossMask[t] === 1 ? [-0.5, true] : [0, false],
            );
          });
        }
        expect(trained.sort((a, b) => a - b)).toEqual(sampled);
      }),
      { numRuns: 60 },
    );
  });
});
