import { groupRelativeAdvantages } from '@rlloom/core';
import { createTaskStream } from '@rlloom/data';
import { singleTurn } from '@rlloom/environments';
import { type CausalLanguageModel } from '@rlloom/models';
import { createRewardPool, judgeTasks, rewardsConfig } from '@rlloom/rewards';
import { collectGroups, createLocalEngine, type LocalEngine } from '@rlloom/rollout';
import { deriveSeed, type Task, type Tokenizer } from '@rlloom/spec';
import { adamW, chain, clipByGlobalNorm } from '@rlloom/tensor';
import { createLocalPolicy, demonstrationSequence, packExperience, sftConfig, sftStep } from '@rlloom/trainers';
import { letters, question } from './setting.ts';

/** What a judge is trained with. */
export interface JudgeTraining {
  readonly model: CausalLanguageModel;
  readonly tokenizer: Tokenizer;
  readonly seed: number;
  /** Steps on right judgements, to learn the form and a little of the matter. */
  readonly supervisedSteps: number;
  /** Steps on the reward `judge_agreement`. */
  readonly rewardSteps: number;
  readonly onStep: (line: string) => void;
}

/** Trains a generative reward model, as a policy: first on demonstrations, then by reward. Returns the engine it judges with. */
export async function trainJudge(training: JudgeTraining): Promise<LocalEngine> {
  const { model, tokenizer, seed, supervisedSteps, rewardSteps, onStep } = training;
  const optimizer = chain(clipByGlobalNorm(1), adamW({ weightDecay: 0 }));
  const policy = createLocalPolicy({
    ...{ model, optimizer, padTokenId: tokenizer.padTokenId },
    maxTokensPerMicroBatch: 16_384,
  });
  const tasks = judgeTasks(letters(4000, seed), { modelEval: question });
  const stream = createTaskStream({ tasks, seed, batchSize: 32 });

  for (let step = 1; step <= supervisedSteps; step++) {
    const sequences = stream
      .nextBatch()
      .map((task) => demonstrationSequence(demonstration(task), { tokenizer, promptFormat: 'chat', maxLength: 64 }));
    const metrics = await sftStep({
      ...{ policy, sequences, config: sftConfig.parse({}) },
      learningRate: 4e-3 * Math.min(1, step / 10),
    });
    if (step % 10 === 0) onStep(`supervised step ${step}  loss ${metrics['sft/loss']!.toFixed(3)}`);
  }

  const engine = createLocalEngine({ model, tokenizer });
  await engine.updateWeights(policy.weights());
  const environment = singleTurn({ tokenizer, promptFormat: 'chat' });
  const domains = { judge: { tags: ['judge'], rewards: { agreement: { type: 'judge_agreement' as const } } } };
  const rewards = await createRewardPool(rewardsConfig.parse({ domains }));
  try {
    for (let step = 1; step <= rewardSteps; step++) {
      const groups = await collectGroups({
        ...{ engine, environment, tokenizer, tasks: stream.nextBatch(), groupSize: 4 },
        sampling: { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens: 6 },
        seed: deriveSeed(seed, 'rollout', step),
      });
      const scored = await rewards.score(groups);
      const advantages = scored.map((group) => groupRelativeAdvantages(group.rewards));
      await policy.forwardBackward(packExperience(scored, advantages), { name: 'policy', options: {} });
      await policy.optimizerStep({ learningRate: 5e-4 });
      await engine.updateWeights(policy.weights());
      const all = scored.flatMap((group) => group.rewards);
      const mean = all.reduce<number>((sum, reward) => sum + (reward ?? 0), 0) / all.length;
      if (step % 10 === 0) onStep(`reward step ${step}  agreement ${mean.toFixed(3)}`);
    }
  } finally {
    await rewards.close();
    policy.dispose();
  }
  return engine;
}

function demonstration(task: Task): Task {
  return { ...task, messages: [...task.messages, { role: 'assistant', content: task.groundTruth!.finalAnswer }] };
}
