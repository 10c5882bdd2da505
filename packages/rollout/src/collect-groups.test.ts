import { getEventListeners } from 'node:events';
import {
  type Environment,
  type EpisodeStep,
  type GenerationRequest,
  type GenerationResult,
  RlloomError,
  type RolloutEngine,
  type Task,
} from '@rlloom/spec';
import { describe, expect, it } from 'vitest';
import { collectGroups, type CollectOptions, type CollectSummary } from './collect-groups.ts';

const tasks: Task[] = ['a', 'b'].map((id) => ({ id, tag: 'echo', messages: [] }));
const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens: 2 };
const tokenizer = { decode: (tokens: ArrayLike<number>) => Array.from(tokens).join(' ') };

// An engine that continues with the length of what it was given and the low digit of its seed.
function recordingEngine(): { engine: RolloutEngine; calls: GenerationRequest[][] } {
  const calls: GenerationRequest[][] = [];
  const engine: RolloutEngine = {
    capabilities: {
      name: 'recorder',
      logProbs: 'exact',
      weightUpdate: 'shared',
      maxSequenceLength: 99,
      seeded: true,
      stopStrings: false,
    },
    async generate(requests, options) {
      calls.push([...requests]);
      options?.onProgress?.(requests.length, requests.length);
      return requests.map(({ promptTokens, seed }): GenerationResult => {
        const aborted = options?.signal?.aborted === true;
        const tokens = aborted ? [] : [promptTokens.length, seed % 10];
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
  };
  return { engine, calls };
}

/** Episodes of `turns` turns; the environment answers each with the token 77. */
function conversation(turns: number, closed: string[] = []): Environment {
  return {
    name: 'conversation',
    createEpisode(task, { sampleIndex }) {
      let turn = 0;
      return {
        start: async () => Int32Array.of(5, 6),
        step: async () => (++turn < turns ? { done: false, observationTokens: [77] } : { done: true }),
        close: async () => {
          closed.push(`${task.id}${sampleIndex}`);
        },
      };
    },
  };
}

describe('collectGroups', () => {
  it('returns a group per task, in order, with a seed of its own for each sample', async () => {
    const { engine, calls } = recordingEngine();
    const groups = await collectGroups({
      engine,
      environment: conversation(1),
      tasks,
      groupSize: 3,
      sampling,
      tokenizer,
      seed: 1,
    });
    expect(groups.map((group) => group.task.id)).toEqual(['a', 'b']);
    expect(groups[1]?.trajectories.map((trajectory) => trajectory.sampleIndex)).toEqual([0, 1, 2]);
    expect(new Set(calls[0]?.map((request) => request.seed)).size).toBe(6);
  });

  it('extends a conversation in token space and trains only what the policy wrote', async () => {
    const { engine, calls } = recordingEngine();
    const [group] = await collectGroups({
      engine,
      environment: conversation(2),
      tasks: tasks.slice(0, 1),
      groupSize: 1,
      sampling,
      tokenizer,
      seed: 1,
    });
    const trajectory = group?.trajectories[0];
    const [first, second] = [calls[0]?.[0]?.seed ?? 0, calls[1]?.[0]?.seed ?? 0];
    expect([...(trajectory?.tokens ?? [])]).toEqual([5, 6, 2, first % 10, 77, 5, second % 10]);
    expect([...(trajectory?.lossMask ?? [])]).toEqual([0, 0, 1, 1, 0, 1, 1]);
    expect([...(trajectory?.rolloutLogProbs ?? [])]).toEqual([0, 0, -0.5, -0.5, 0, -0.5, -0.5]);
    expect([...(trajectory?.policyVersions ?? [])]).toEqual([-1, -1, 1, 1, -1, 2, 2]);
    expect(trajectory?.turns.map((turn) => [turn.author, turn.start, turn.end])).toEqual([
      ['prompt', 0, 2],
      ['policy', 2, 4],
      ['environment', 4, 5],
      ['policy', 5, 7],
    ]);
    expect(trajectory?.responseText).toBe(`2 ${first % 10}\n5 ${second % 10}`);
  });

  it('gives the same samples for the same seed, whatever the tasks beside them', async () => {
    const seeds = async (some: readonly Task[]) => {
      const { engine, calls } = recordingEngine();
      await collectGroups({
        engine,
        environment: conversation(1),
        tasks: some,
        groupSize: 2,
        sampling,
        tokenizer,
        seed: 9,
      });
      return calls[0]?.map((request) => request.seed);
    };
    expect(await seeds(tasks)).toEqual([
      ...((await seeds(tasks.slice(0, 1))) ?? []),
      ...((await seeds(tasks.slice(1))) ?? []),
    ]);
  });

  it('closes every episode, also when the engine fails', async () => {
    const closed: string[] = [];
    const { engine } = recordingEngine();
    const broken = { ...engine, generate: () => Promise.reject(new Error('gone')) };
    const collecting = collectGroups({
      engine: broken,
      environment: conversation(1, closed),
      tasks,
      groupSize: 1,
      sampling,
      tokenizer,
      seed: 1,
    });
    await expect(collecting).rejects.toThrow('gone');
    expect(closed).toEqual(['a0', 'b0']);
  });

  it('returns what there is when aborted, and nothing for no tasks', async () => {
    const { engine } = recordingEngine();
    const signal = AbortSignal.abort();
    const [group] = await collectGroups({
      engine,
      environment: conversation(3),
      tasks: tasks.slice(0, 1),
      groupSize: 1,
      sampling,
      tokenizer,
      seed: 1,
      signal,
    });
    expect(group?.trajectories[0]?.stopReason).toBe('abort');
    expect([...(group?.trajectories[0]?.lossMask ?? [])]).toEqual([0, 0]);
    expect(
      await collectGroups({
        engine,
        environment: conversation(1),
        tasks: [],
        groupSize: 2,
        sampling,
        tokenizer,
        seed: 1,
      }),
    ).toEqual([]);
  });

  it('counts finished episodes', async () => {
    const { engine } = recordingEngine();
    const progress: string[] = [];
    const onProgress = (done: number, total: number) => progress.push(`${done}/${total}`);
    await collectGroups({
      engine,
      environment: conversation(1),
      tasks,
      groupSize: 2,
      sampling,
      tokenizer,
      seed: 1,
      onProgress,
    });
    expect(progress.at(-1)).toBe('4/4');
  });

  const run = (environment: Environment, options: Partial<CollectOptions> = {}) =>
    collectGroups({
      ...{ engine: recordingEngine().engine, environment, tasks, groupSize: 2, sampling, tokenizer, seed: 1 },
      ...options,
    });

  /** Episodes that do what `act` says in their first step. */
  const acting = (act: (name: string) => Promise<EpisodeStep>, closed: string[] = []): Environment => ({
    name: 'acting',
    createEpisode: (task, { sampleIndex }) => ({
      start: async () => Int32Array.of(5),
      step: () => act(`${task.id}${sampleIndex}`),
      close: async () => {
        closed.push(`${task.id}${sampleIndex}`);
      },
    }),
  });

  it('lets the others live when an episode fails, and accounts for every sample', async () => {
    const closed: string[] = [];
    let summary: CollectSummary | undefined;
    const environment = acting(
      async (name) => (name === 'a1' ? Promise.reject(new Error('lost')) : { done: true, score: 1 }),
      closed,
    );
    const groups = await run(environment, { onSummary: (told) => (summary = told) });
    expect(summary).toEqual({
      ...{ finished: 3, failed: 1, aborted: 0 },
      failures: [{ taskId: 'a', sampleIndex: 1, reason: 'lost' }],
    });
    const all = groups.flatMap(({ trajectories }) => trajectories);
    expect(all.map(({ failure }) => failure)).toEqual([undefined, 'lost', undefined, undefined]);
    expect(all.map(({ turnScores }) => turnScores)).toEqual([[1], undefined, [1], [1]]);
    expect(all[1]?.stopReason).toBe('environment');
    expect(all[1]?.tokens).toHaveLength(3);
    expect(closed.sort()).toEqual(['a0', 'a1', 'b0', 'b1']);
  });

  it('ends the call when all fail, or for what concerns all', async () => {
    const closed: string[] = [];
    const failing = (error: Error) => acting(() => Promise.reject(error), closed);
    await expect(run(failing(new Error('no server')))).rejects.toThrow(
      /all 4 episodes failed, the first with: no server/,
    );
    const refused = new RlloomError('data', { what: 'the template refuses' });
    await expect(
      run(acting(async (name) => (name === 'b0' ? Promise.reject(refused) : { done: true }), closed)),
    ).rejects.toBe(refused);
    expect(closed).toHaveLength(8);
  });

  it('closes what was opened when an episode cannot be', async () => {
    const closed: string[] = [];
    const refused = new RlloomError('data', { what: 'too long' });
    const inner = acting(async () => ({ done: true }), closed);
    const environment: Environment = {
      ...inner,
      createEpisode: (task, context) => {
        if (task.id === 'b') throw refused;
        return inner.createEpisode(task, context);
      },
    };
    await expect(run(environment)).rejects.toBe(refused);
    expect(closed).toEqual(['a0', 'a1']);
  });

  it.each(['start', 'step'] as const)('returns at once when it is aborted while %s hangs', async (where) => {
    const closed: string[] = [];
    const hang = () => new Promise<never>(() => undefined);
    const environment: Environment = {
      name: 'hanging',
      createEpisode: (task, { sampleIndex }) => ({
        start: where === 'start' && sampleIndex === 1 ? hang : async () => Int32Array.of(5),
        step: where === 'step' && sampleIndex === 1 ? hang : async () => ({ done: true }),
        close: async () => {
          closed.push(`${task.id}${sampleIndex}`);
        },
      }),
    };
    const stopping = new AbortController();
    let summary: CollectSummary | undefined;
    const collecting = run(environment, { signal: stopping.signal, onSummary: (told) => (summary = told) });
    await new Promise((resolve) => setImmediate(resolve));
    stopping.abort();
    const groups = await collecting;
    expect(groups[0]?.trajectories[1]?.stopReason).toBe('abort');
    expect((summary?.finished ?? 0) + (summary?.aborted ?? 0)).toBe(4);
    expect(summary?.failed).toBe(0);
    expect(closed.sort()).toEqual(['a0', 'a1', 'b0', 'b1']);
    expect(getEventListeners(stopping.signal, 'abort')).toEqual([]);
  });

  it('records what was said and scored, and why it ended', async () => {
    const environment: Environment = {
      name: 'talking',
      createEpisode: () => {
        let turn = 0;
        return {
          start: async () => Int32Array.of(5),
          step: async () =>
            ++turn === 1
              ? { done: false, observationTokens: [77] }
              : { done: true, score: 0.5, metrics: { moves: turn }, stopReason: 'environment', reason: 'won' },
          conversation: () => [{ role: 'assistant', content: `turn ${turn}` }],
        };
      },
    };
    const { engine, calls } = recordingEngine();
    const [group] = await run(environment, { engine });
    expect(group?.trajectories[0]).toMatchObject({
      conversation: [{ role: 'assistant', content: 'turn 2' }],
      turnScores: [null, 0.5],
      episodeMetrics: { moves: 2 },
      stopReason: 'environment',
      endReason: 'won',
    });
    const sessions = calls.map((requests) => requests.map(({ sessionId }) => sessionId));
    expect(new Set(sessions[0]).size).toBe(4);
    expect(sessions[1]).toEqual(sessions[0]);
  });

  it('keeps to the budget of the episode and to what the engine takes', async () => {
    const { engine, calls } = recordingEngine();
    const small = { ...engine, capabilities: { ...engine.capabilities, maxSequenceLength: 8 } };
    const environment: Environment = {
      name: 'endless',
      createEpisode: () => ({
        start: async () => Int32Array.of(5, 6, 7),
        maxNewTokens: () => 9,
        step: async () => ({ done: false, observationTokens: [77] }),
      }),
    };
    const large = { ...sampling, maxNewTokens: 50 };
    const groups = await run(environment, { engine: small, sampling: large, groupSize: 1 });
    // 3 + 2 + 1 = 6 of 8, then 6 + 2 + 1 = 9.
    expect(calls.map(([request]) => request?.sampling.maxNewTokens)).toEqual([9, 2]);
    expect(groups[0]?.trajectories[0]).toMatchObject({
      stopReason: 'length',
      endReason: 'the engine takes 8 tokens, the episode has 9',
    });
    // Without the last observation.
    expect(groups[0]?.trajectories[0]?.tokens).toHaveLength(8);
    expect(groups[0]?.trajectories[0]?.turns.at(-1)).toMatchObject({ author: 'policy', end: 8 });
  });

  it('says what went wrong when an episode is closed', async () => {
    const inner = acting(async () => ({ done: true }));
    const environment: Environment = {
      ...inner,
      createEpisode: (task, context) => ({
        ...inner.createEpisode(task, context),
        close: () => Promise.reject(new Error('still in use')),
      }),
    };
    let summary: CollectSummary | undefined;
    await run(environment, { tasks: tasks.slice(0, 1), groupSize: 1, onSummary: (told) => (summary = told) });
    expect(summary).toMatchObject({ finished: 1, failures: [{ reason: 'when it was closed: still in use' }] });
  });
});
