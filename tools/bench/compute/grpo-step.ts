import { singleTurn } from '@rlloom/environments';
import { loadTokenizer } from '@rlloom/models';
import { collectGroups, createLocalEngine } from '@rlloom/rollout';
import { deriveSeed, type RolloutEngine, type ScoredGroup, type Task, type TrajectoryGroup } from '@rlloom/spec';
import { adamW, chain, clipByGlobalNorm } from '@rlloom/tensor';
import { actorConfig, createLocalPolicy, grpoConfig, grpoStep } from '@rlloom/trainers';
import { benchmarkModel } from './benchmark-model.ts';
import type { ChildRequest, Job, JobResult } from './jobs.ts';
import { assertCompiled, generationOptions, policyOptions } from './programs.ts';
import { time } from './repetitions.ts';
import { groupSize } from './shapes.ts';

/**
 * Times whole GRPO steps: groups of completions of some prompts, a reward on their text, advantages within groups, one
 * update. Prompts and reward are those of the peer's script.
 */
export async function timeGrpoStep(
  { shape, effort }: Job,
  request: ChildRequest,
): Promise<Omit<JobResult, 'job' | 'shape'>> {
  const tokenizer = await loadTokenizer(request.tokenizerDirectory);
  const model = benchmarkModel(shape);
  const policy = createLocalPolicy({
    model,
    optimizer: chain(clipByGlobalNorm(1), adamW({})),
    padTokenId: tokenizer.padTokenId,
    maxTokensPerMicroBatch: Number.MAX_SAFE_INTEGER,
    ...policyOptions(request),
  });
  const local = createLocalEngine({ model, tokenizer, maxBatchSize: shape.batch });
  const engine: RolloutEngine = {
    ...local,
    generate: (requests, options) => local.generate(requests, { ...options, ...generationOptions(request) }),
  };
  const environment = singleTurn({ tokenizer, promptFormat: 'plain' });
  const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens: shape.newTokens, eosTokenIds: [] };
  const config = grpoConfig.parse({});
  const actor = actorConfig.parse({});
  let step = 0;
  const timing = await time(async () => {
    step += 1;
    const tasks = promptTasks(step, shape.batch / groupSize);
    const seed = deriveSeed(0, 'rollout', step);
    const groups = await collectGroups({ engine, environment, tasks, groupSize, sampling, tokenizer, seed });
    await grpoStep({
      policy,
      reference: undefined,
      groups: groups.map(scored),
      config,
      actor,
      learningRate: 1e-5,
      klCoefficient: 0,
      seed: deriveSeed(0, 'update', step),
    });
    await engine.updateWeights(policy.weights());
  }, effort);
  assertCompiled(model, request);
  await engine.close();
  policy.dispose();
  model.dispose();
  return { ...timing, peakBytes: null };
}

function promptTasks(step: number, count: number): Task[] {
  return Array.from({ length: count }, (_, index) => {
    const place = deriveSeed(0, 'prompt', step, index) % 400;
    const content = `${Math.floor(place / 20)}+${place % 20}= the answer is the answer is `;
    return { id: `${step}-${index}`, tag: 'sum', messages: [{ role: 'user', content }] };
  });
}

// The reward is the count of a letter: what a reward costs is not what is compared.
function scored(group: TrajectoryGroup): ScoredGroup {
  const rewards = group.trajectories.map(({ responseText }) => responseText.split('a').length - 1);
  const results = rewards.map((score) => ({ verdict: 'correct', score, parts: {}, reasons: [] }) as const);
  return { ...group, results, rewards };
}
