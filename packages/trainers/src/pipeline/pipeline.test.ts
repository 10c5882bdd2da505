import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  CollectGroups,
  GenerationResult,
  Metrics,
  Reporter,
  RewardScorer,
  RolloutEngine,
  Task,
  TaskStream,
  TrajectoryGroup,
} from '@rlloom/spec';
import { deriveSeed } from '@rlloom/spec';
import { adamW, chain, clipByGlobalNorm, selectBackend } from '@rlloom/tensor';
import { generate } from '@rlloom/models';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { actorConfig } from '../actor.config.ts';
import { createCheckpointStore } from '../checkpoint/checkpoint-store.ts';
import { grpoConfig } from '../grpo.config.ts';
import { createLocalPolicy } from '../policy/local-policy.ts';
import { createReference } from '../reference.ts';
import { tinyModel } from '../testing/tiny-model.ts';
import { trainingControlConfig } from '../training-control.config.ts';
import { createPipelineEvents } from './events.ts';
import { runRlvrStage } from './rlvr-stage.ts';

beforeAll(async () => {
  await selectBackend({ backend: 'wasm' });
});

// The task: write token 7 as often as possible in three tokens after the prompt [p].
const tasks: Task[] = [2, 3, 4, 5].map((token) => ({
  id: `start-${token}`,
  tag: 'seven',
  messages: [],
  extra: { token },
}));

function stream(): TaskStream {
  let cursor = 0;
  return {
    nextBatch: () => [tasks[cursor++ % 4] as Task, tasks[cursor++ % 4] as Task],
    state: () => cursor,
    restore: (state) => {
      cursor = state as number;
    },
  };
}

const rewards: RewardScorer = {
  async score(groups) {
    return groups.map((group) => {
      const scores = group.trajectories.map(
        (trajectory) => trajectory.tokens.slice(1).filter((token) => token === 7).length / 3,
      );
      return {
        ...group,
        rewards: scores,
        results: scores.map((score) => ({
          verdict: score === 1 ? ('correct' as const) : ('incorrect' as const),
          score,
          parts: { sevens: score },
          reasons: [],
        })),
      };
    });
  },
  close: async () => undefined,
};

function toGroup(task: Task, results: readonly GenerationResult[]): TrajectoryGroup {
  return {
    task,
    trajectories: results.map((result, sampleIndex) => ({
      taskId: task.id,
      tag: task.tag,
      sampleIndex,
      tokens: Int32Array.from([Number(task.extra?.['token']), ...result.tokens]),
      promptLength: 1,
      lossMask: Uint8Array.from([0, ...Array.from(result.tokens, () => 1)]),
      rolloutLogProbs: Float32Array.from([0, ...result.logProbs]),
      policyVersions: Int32Array.from([-1, ...result.policyVersions]),
      stopReason: result.stopReason,
      turns: [],
      responseText: '',
    })),
  };
}

describe('runRlvrStage', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rlloom-pipeline-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  // One run on real parts (model, generation, update); it can be stopped after a step and resumed.
  async function run(options: {
    readonly maxSteps: number;
    readonly name: string;
    readonly stopDuring?: number;
    readonly stopInEvaluationOf?: number;
    readonly resume?: boolean;
  }) {
    const model = tinyModel(3);
    const policy = createLocalPolicy({ model, optimizer: chain(clipByGlobalNorm(1), adamW()), padTokenId: 0 });
    let version = 0;
    const engine: RolloutEngine = {
      capabilities: {
        name: 'test',
        logProbs: 'exact',
        weightUpdate: 'shared',
        maxSequenceLength: 64,
        seeded: true,
        stopStrings: false,
      },
      generate: (requests) => generate(model, requests, { policyVersion: version, padTokenId: 0, eosTokenIds: [] }),
      updateWeights: async (source) => {
        version = source.version;
      },
      pause: async () => undefined,
      resume: async () => undefined,
      close: async () => undefined,
    };
    const collect: CollectGroups = async (batch, { mode, seed }) => {
      const size = mode === 'train' ? 8 : 1;
      const sampling = { temperature: mode === 'train' ? 1 : 0, topK: 0, topP: 1, minP: 0, maxNewTokens: 3 };
      const results = await engine.generate(
        batch.flatMap((task) =>
          Array.from({ length: size }, (_, sample) => ({
            promptTokens: [Number(task.extra?.['token'])],
            seed: deriveSeed(seed, task.id, sample),
            sampling,
          })),
        ),
      );
      return batch.map((task, index) => toGroup(task, results.slice(index * size, (index + 1) * size)));
    };
    const interrupt = new AbortController();
    const steps: Metrics[] = [];
    const evaluations: Metrics[] = [];
    const reporter: Reporter = {
      name: 'recorder',
      onStepEnd: ({ metrics }) => {
        steps.push(Object.fromEntries(Object.entries(metrics).filter(([name]) => !name.startsWith('timing/'))));
      },
      onEvaluation: ({ metrics }) => {
        evaluations.push(metrics);
      },
    };
    const events = createPipelineEvents();
    const phases: string[] = [];
    events.on('phase', ({ step, to }) => {
      phases.push(to);
      if (to === 'reward' && step + 1 === options.stopDuring) interrupt.abort();
      if (to === 'evaluate' && step === options.stopInEvaluationOf) interrupt.abort();
    });
    const runDirectory = join(directory, options.name);
    const checkpoints = createCheckpointStore(join(runDirectory, 'checkpoints'), 2);
    const resumeFrom = options.resume ? (await checkpoints.open())?.directory : undefined;
    const reference = createReference(model, { temperature: 1, maxTokensPerMicroBatch: 4096, padTokenId: 0 });
    const result = await runRlvrStage({
      context: {
        runName: options.name,
        runDirectory,
        seed: 5,
        stages: ['rlvr'],
        config: {},
        reporter,
        checkpoints,
        rewards,
        collect,
        evaluationTasks: tasks,
        signal: interrupt.signal,
      },
      control: trainingControlConfig.parse({ maxSteps: options.maxSteps, saveSteps: 4 }),
      algorithm: grpoConfig.parse({
        kl: { placement: 'loss', coefficient: 0.01, controller: 'adaptive', targetKl: 0.05, horizon: 100 },
      }),
      actor: actorConfig.parse({ optimizer: { learningRate: 0.01 } }),
      policy,
      engine,
      reference,
      stream: stream(),
      events,
      resumeFrom,
    });
    const weights = await readFile(
      join(runDirectory, 'checkpoints', `rlvr-${String(result.step).padStart(6, '0')}`, 'model', 'model.safetensors'),
    );
    policy.dispose();
    reference.dispose();
    model.dispose();
    return { result, steps, evaluations, phases, weights };
  }

  it('learns from reward alone', async () => {
    const { evaluations, result } = await run({ maxSteps: 30, name: 'learn' });
    expect(result.status).toBe('finished');
    expect(evaluations[0]?.['eval/reward_mean']).toBeLessThan(0.5);
    expect(evaluations.at(-1)?.['eval/reward_mean']).toBeGreaterThan(0.9);
  });

  it('goes through its phases in order', async () => {
    const { phases } = await run({ maxSteps: 1, name: 'phases' });
    expect(phases).toEqual([
      'ready',
      'evaluate',
      'ready',
      'rollout',
      'reward',
      'update',
      'sync',
      'ready',
      'evaluate',
      'ready',
      'checkpoint',
      'ready',
      'finished',
    ]);
  });

  it('measures a trainer that agrees with its rollouts', async () => {
    const { steps } = await run({ maxSteps: 2, name: 'mismatch' });
    for (const metrics of steps) {
      expect(metrics['mismatch/abs_max']).toBeLessThan(1e-5);
      expect(metrics['mismatch/effective_sample_size']).toBeCloseTo(1, 5);
    }
  });

  it('resumes after an interrupt and equals the uninterrupted run, byte for byte', async () => {
    const whole = await run({ maxSteps: 10, name: 'whole' });
    const first = await run({ maxSteps: 10, name: 'parts', stopDuring: 7 });
    expect(first.result).toMatchObject({ status: 'stopped', step: 6 });
    const second = await run({ maxSteps: 10, name: 'parts', resume: true });
    expect([...first.steps, ...second.steps]).toEqual(whole.steps);
    expect(second.evaluations.at(-1)).toEqual(whole.evaluations.at(-1));
    expect(second.weights.equals(whole.weights)).toBe(true);
  });

  it.each([0, 10])('makes up for an evaluation that an interrupt cut off, after step %i', async (step) => {
    const whole = await run({ maxSteps: 10, name: 'whole' });
    const first = await run({ maxSteps: 10, name: 'parts', stopInEvaluationOf: step });
    expect(first.result).toMatchObject({ status: 'stopped', step });
    const second = await run({ maxSteps: 10, name: 'parts', resume: true });
    expect([...first.evaluations, ...second.evaluations]).toEqual(whole.evaluations);
    expect(second.weights.equals(whole.weights)).toBe(true);
  });
});
