// Two roles of one policy learn a language: the guide sees a direction and writes one token, the walker reads it and has to say the
// direction. Nobody tells them what tokens mean; all there is is the reward of the team.
import { parseArgs } from 'node:util';
import { chain, teamRewards } from '@rlloom/environments';
import { createModel, loadTokenizer, writeTokenizerFiles } from '@rlloom/models';
import { createRewardPool, rewardsConfig } from '@rlloom/rewards';
import { collectMultiAgentGroups, createLocalEngine } from '@rlloom/rollout';
import { deriveSeed, type ScoredGroup } from '@rlloom/spec';
import { adamW, chain as inTurn, clipByGlobalNorm, selectBackend } from '@rlloom/tensor';
import { actorConfig, createLocalPolicy, grpoConfig, grpoStep } from '@rlloom/trainers';
import { modelConfig, tasks, vocabulary, workflow } from './setting.ts';

process.chdir(process.env['INIT_CWD'] ?? process.cwd());
const { values } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    steps: { type: 'string', default: '100' },
  },
});
const seed = Number(values.seed);
const steps = values.smoke ? 3 : Number(values.steps);
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const startedAt = performance.now();
const { name, reason } = await selectBackend({ backend: 'wasm' });
print(`backend: ${name} (${reason})`);

const folder = 'runs/multi-agent-example/tokenizer';
await writeTokenizerFiles(folder, vocabulary);
const tokenizer = await loadTokenizer(folder);
const model = createModel(modelConfig(tokenizer), { seed });
const policy = createLocalPolicy({
  model,
  optimizer: inTurn(clipByGlobalNorm(1), adamW({ weightDecay: 0 })),
  padTokenId: tokenizer.padTokenId,
});
const engine = createLocalEngine({ model, tokenizer });
const team = chain(workflow, { tokenizer });
const pool = await createRewardPool(
  rewardsConfig.parse({ domains: { walks: { tags: ['walk'], rewards: { arrived: { type: 'exact_match' } } } } }),
);
const rewards = teamRewards(pool, team.weights);
const algorithm = grpoConfig.parse({ entropyCoefficient: 0.1 });
const actor = actorConfig.parse({});

const before = await understood();
for (let step = 1; step <= steps; step++) {
  const groups = await rewards.score(await collect(32, 1, deriveSeed(seed, 'rollout', step)));
  // One group per direction and role: guides are compared with guides, walkers with walkers.
  await grpoStep({
    ...{ policy, reference: undefined, groups, config: algorithm, actor, klCoefficient: 0 },
    learningRate: 1e-3,
    seed: deriveSeed(seed, 'update', step),
  });
  await engine.updateWeights(policy.weights());
  if (step % 10 === 0 || step === steps) print(`step ${step}  joint success ${percent(success(groups))}`);
}
const after = await understood();
await rewards.close();
const seconds = (performance.now() - startedAt) / 1000;
print(`directions understood: ${percent(before)} before, ${percent(after)} after, in ${seconds.toFixed(0)} s`);
if (!values.smoke && after < 0.75) throw new Error('the two roles did not learn to understand each other');

function collect(
  groupSize: number,
  temperature: number,
  collectSeed: number,
): ReturnType<typeof collectMultiAgentGroups> {
  return collectMultiAgentGroups({
    ...{ engine, environment: team, tasks, groupSize, tokenizer, seed: collectSeed },
    sampling: { temperature, topK: 0, topP: 1, minP: 0, maxNewTokens: 1 },
  });
}

// Greedy, every direction once; prints the words they found.
async function understood(): Promise<number> {
  const groups = await rewards.score(await collect(1, 0, seed));
  const said = groups.map(({ task, trajectories: [one] }) => ({
    task: task.id,
    agent: one?.agent,
    text: one?.responseText,
  }));
  const words = said.filter(({ agent }) => agent === 'guide');
  print(
    words
      .map(
        ({ task, text }) => `${task} → ${text} → ${said.find((of) => of.task === task && of.agent === 'walker')?.text}`,
      )
      .join(',  '),
  );
  return success(groups);
}

function success(groups: readonly ScoredGroup[]): number {
  const verdicts = groups.flatMap(({ results }) => results.map(({ verdict }) => verdict));
  return verdicts.filter((verdict) => verdict === 'correct').length / verdicts.length;
}

function percent(part: number): string {
  return `${(100 * part).toFixed(0)} %`;
}
