import type { Environment, GenerationRequest, GenerationResult, RolloutEngine, Task } from '@rlloom/spec';
import { describe, expect, it } from 'vitest';
import { collectGroups } from './collect-groups.ts';

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
});
