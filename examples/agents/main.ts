// Two agents, written as anybody writes agents, are trained through the gateway: for them it is an OpenAI endpoint.
import { groupRelativeAdvantages } from '@rlloom/core';
import { createTaskStream } from '@rlloom/data';
import { hermesFormat } from '@rlloom/environments';
import { createModel, loadTokenizer, writeTokenizerFiles } from '@rlloom/models';
import { createRewardPool, rewardsConfig } from '@rlloom/rewards';
import { createLocalEngine } from '@rlloom/rollout';
import { type AgentRun, createGateway, createGatewayCollector } from '@rlloom/rollout/gateway';
import { deriveSeed, type TrajectoryGroup } from '@rlloom/spec';
import { adamW, chain, clipByGlobalNorm, selectBackend } from '@rlloom/tensor';
import { createLocalPolicy, demonstrationSequence, packExperience, sftConfig, sftStep } from '@rlloom/trainers';
import { whatIsIn } from './ai-sdk-agent.ts';
import { askForNext } from './openai-agent.ts';
import { boxesOf, demonstrations, letterAfter, letterOf, modelConfig, tasks, vocabulary } from './setting.ts';

process.chdir(process.env['INIT_CWD'] ?? process.cwd());
const startedAt = performance.now();
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const seed = Number(process.env['SEED'] ?? 1);
const steps = Number(process.env['STEPS'] ?? 25);
const { name, reason } = await selectBackend({ backend: 'wasm' });
print(`backend: ${name} (${reason})`);

await writeTokenizerFiles('runs/agents-example/tokenizer', vocabulary);
const tokenizer = await loadTokenizer('runs/agents-example/tokenizer');
const model = createModel(modelConfig(tokenizer), { seed });
const policy = createLocalPolicy({
  ...{ model, optimizer: chain(clipByGlobalNorm(1), adamW({ weightDecay: 0 })), padTokenId: tokenizer.padTokenId },
  maxTokensPerMicroBatch: 16_384,
});

// The form of calls and answers: a language model would know it.
const shown = createTaskStream({ tasks: demonstrations(4000, seed), seed, batchSize: 64 });
for (let step = 1; step <= 80; step++) {
  const sequences = shown
    .nextBatch()
    .map((task) => demonstrationSequence(task, { tokenizer, promptFormat: 'chat', maxLength: 64 }));
  await sftStep({
    ...{ policy, sequences, config: sftConfig.parse({}) },
    learningRate: 4e-3 * Math.min(step / 10, 1 - step / 100),
  });
}

// From here on the agents call the gateway.
const engine = createLocalEngine({ model, tokenizer, interruptible: true });
await engine.updateWeights(policy.weights());
const gateway = await createGateway({ engine, tokenizer, toolFormat: hermesFormat, token: 'sesame' });
print(`gateway: ${await gateway.listen({ port: 0 })}`);
const collect = createGatewayCollector({
  ...{ gateway, runAgent, groupSize: 8, agentTimeoutMs: 60_000 },
  sampling: { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens: 6 },
});
const domains = { agents: { tags: ['*'], rewards: { agent: { type: 'environment' as const } } } };
const rewards = await createRewardPool(rewardsConfig.parse({ workers: 1, domains }));
const heldOut = tasks(48, 999);
try {
  const before = successOf(await collect(heldOut, { mode: 'evaluate', seed }));
  print(`before      ${shares(before)}`);
  const stream = createTaskStream({ tasks: tasks(2000, seed), seed, batchSize: 12 });
  for (let step = 1; step <= steps; step++) {
    const groups = await collect(stream.nextBatch(), { mode: 'train', seed: deriveSeed(seed, 'rollout', step) });
    const scored = await rewards.score(groups);
    const advantages = scored.map((group) => groupRelativeAdvantages(group.rewards));
    await gateway.pause();
    await policy.forwardBackward(packExperience(scored, advantages), { name: 'policy', options: {} });
    await policy.optimizerStep({ learningRate: 5e-4 });
    await gateway.updateWeights(policy.weights());
    await gateway.resume();
    if (step % 10 === 0) print(`step ${String(step).padEnd(6)} ${shares(successOf(groups))}`);
  }
  const after = successOf(await collect(heldOut, { mode: 'evaluate', seed }));
  print(`after       ${shares(after)}   in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  if (after.box < before.box + 0.3 || after.after < before.after + 0.3) throw new Error('the agents did not learn');
} finally {
  await gateway.close();
  await rewards.close();
  policy.dispose();
}

/** One run of one of the agents; its reward. */
async function runAgent({
  task,
  baseUrl,
  apiKey,
  signal,
}: AgentRun): Promise<number | { readonly scores: readonly number[] }> {
  const endpoint = { baseURL: baseUrl, apiKey, signal };
  const letter = letterOf(task);
  if (task.tag === 'box') {
    const boxes = boxesOf(task);
    return Number((await whatIsIn(letter, boxes, endpoint)) === boxes[letter]);
  }
  const next = letterAfter(letter);
  const answers = await askForNext(letter, (answer) => answer === next, endpoint);
  // The second answer is worth half.
  return { scores: answers.map((answer, turn) => (answer === next ? 1 - turn / 2 : 0)) };
}

/** Share of runs of each agent with the full reward. */
function successOf(groups: readonly TrajectoryGroup[]): Readonly<Record<'box' | 'after', number>> {
  const share = (tag: string): number => {
    const all = groups.filter(({ task }) => task.tag === tag).flatMap(({ trajectories }) => trajectories);
    return all.filter(({ turnScores = [] }) => turnScores.at(-1) === 1).length / all.length;
  };
  return { box: share('box'), after: share('after') };
}

function shares({ box, after }: Readonly<Record<'box' | 'after', number>>): string {
  const percent = (share: number): string => `${(100 * share).toFixed(0).padStart(3)} %`;
  return `AI SDK agent ${percent(box)}   OpenAI SDK agent ${percent(after)}`;
}
