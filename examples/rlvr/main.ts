// One RLVR loop composed by hand: every line below is a package anyone can import on its own.
import { groupRelativeAdvantages } from '@rlloom/core';
import { createTaskStream } from '@rlloom/data';
import { singleTurn } from '@rlloom/environments';
import { createModel, loadTokenizer, writeTokenizerFiles } from '@rlloom/models';
import { createRewardPool, rewardsConfig } from '@rlloom/rewards';
import { collectGroups, createLocalEngine } from '@rlloom/rollout';
import { deriveSeed } from '@rlloom/spec';
import { adamW, chain, clipByGlobalNorm, selectBackend } from '@rlloom/tensor';
import { createLocalPolicy, packExperience } from '@rlloom/trainers';
import { modelConfig, sums, vocabulary } from './setting.ts';

process.chdir(process.env['INIT_CWD'] ?? process.cwd());
const seed = 1;
const steps = Number(process.env['STEPS'] ?? 100);
const groupSize = 8;
const { name, reason } = await selectBackend({ backend: 'wasm' });
process.stdout.write(`backend: ${name} (${reason})\n`);

await writeTokenizerFiles('runs/rlvr-example/tokenizer', vocabulary);
const tokenizer = await loadTokenizer('runs/rlvr-example/tokenizer');
const model = createModel(modelConfig(tokenizer), { seed });
const policy = createLocalPolicy({
  model,
  optimizer: chain(clipByGlobalNorm(1), adamW({ weightDecay: 0 })),
  padTokenId: tokenizer.padTokenId,
});
const engine = createLocalEngine({ model, tokenizer });
const environment = singleTurn({ tokenizer, promptFormat: 'plain' });
const rewards = await createRewardPool(
  rewardsConfig.parse({ domains: { sums: { tags: ['sum'], rewards: { answer: { type: 'math_rule' } } } } }),
);
const stream = createTaskStream({ tasks: sums(200, seed), seed, batchSize: 32 });

for (let step = 1; step <= steps; step++) {
  const groups = await collectGroups({
    engine,
    environment,
    tokenizer,
    tasks: stream.nextBatch(),
    groupSize,
    sampling: { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens: 4 },
    seed: deriveSeed(seed, 'rollout', step),
  });
  const scored = await rewards.score(groups);
  const advantages = scored.map((group) => groupRelativeAdvantages(group.rewards));
  const experience = packExperience(scored, advantages);
  const { metrics } = await policy.forwardBackward(experience, { name: 'policy', options: { clipRatioHigh: 0.28 } });
  await policy.optimizerStep({ learningRate: 1e-3 });
  await engine.updateWeights(policy.weights());
  const all = scored.flatMap((group) => group.rewards);
  const mean = all.reduce<number>((sum, reward) => sum + (reward ?? 0), 0) / all.length;
  process.stdout.write(`step ${step}  reward ${mean.toFixed(3)}  entropy ${metrics['entropy']?.toFixed(3)}\n`);
}
await rewards.close();
