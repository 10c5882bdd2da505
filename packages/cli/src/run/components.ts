import { filterTasks, readTasks } from '@rlloom/data';
import { type CausalLanguageModel, loadModel, loadTokenizer, type LoraAdapter } from '@rlloom/models';
import { checkRouting, createEngineJudge, createRewardPool } from '@rlloom/rewards';
import {
  type CollectGroups,
  RlloomError,
  type RewardScorer,
  type RolloutEngine,
  type Task,
  type Tokenizer,
} from '@rlloom/spec';
import { type BackendChoice, hasGraphs, selectBackend } from '@rlloom/tensor';
import type { RunConfig } from '../run-config.ts';
import { findRunWeights, type RunWeightsSource } from './find-weights.ts';
import { makeEngine } from './make-engine.ts';
import { makeEpisodes, ownTags } from './make-episodes.ts';
import { openAdapter } from './open-adapter.ts';

/** Everything a run is made of, built from its configuration and closed together. */
export interface Components {
  readonly backend: BackendChoice;
  /** Where model and tokenizer were read: `model.pretrain`, or the hub's cache. */
  readonly modelFolder: string;
  readonly model: CausalLanguageModel;
  /** At work in the model, and trained in place of it; `undefined` = the model is trained. */
  readonly adapter: LoraAdapter | undefined;
  /** The model as the adapter's files name it. */
  readonly baseModel: string;
  readonly tokenizer: Tokenizer;
  readonly engine: RolloutEngine;
  readonly rewards: RewardScorer;
  readonly collect: CollectGroups;
  close(): Promise<void>;
}

/** Builds backend, model, engine and rewards. The first failure closes what was built before it. */
export async function buildComponents(
  config: RunConfig,
  source: RunWeightsSource & { readonly weightsDirectory?: string },
): Promise<Components> {
  const { modelFolder, ...others } = await findRunWeights(config, source);
  const backend = await selectBackend({ backend: config.backend.name });
  checkDtypes(config, backend.name);
  const tokenizer = await loadTokenizer(modelFolder);
  const model = await loadModel(modelFolder, { dtype: config.model.dtype });
  const { maxPromptLength, maxResponseLength, promptFormat } = config.rollout;
  if (maxPromptLength + maxResponseLength > model.config.maxPositionEmbeddings) {
    throw new RlloomError('config', {
      what: `prompts of ${maxPromptLength} and responses of ${maxResponseLength} tokens do not fit the model's ${model.config.maxPositionEmbeddings} positions`,
      where: 'rollout.max_response_length',
      fix: 'shorten one of rollout.max_prompt_length and rollout.max_response_length',
    });
  }
  const { baseModel } = others;
  const { weightsDirectory, isTrained = false } = source;
  const adapter = await openAdapter(config, model, { ...others, isTrained });
  const engine = await makeEngine(config, {
    model,
    adapter,
    tokenizer,
    modelFolder,
    weightsDirectory,
    say: source.say,
  });
  const episodes = await makeEpisodes(config, { engine, tokenizer, maxPositions: model.config.maxPositionEmbeddings });
  // A judge named `policy` is the model as it is at that moment.
  const pool = await createRewardPool(config.rewards, {
    judgeModels: { policy: createEngineJudge({ engine, tokenizer, promptFormat }) },
  });
  return {
    backend,
    modelFolder,
    model,
    adapter,
    baseModel,
    tokenizer,
    engine,
    rewards: episodes.rewards(pool),
    collect: episodes.collect,
    async close() {
      await pool.close();
      await episodes.close();
      await engine.close();
      adapter?.dispose();
      model.dispose();
    },
  };
}

// Before anything is loaded or trained: the stages would refuse it, each when its turn comes.
function checkDtypes({ sft, actor }: RunConfig, backend: string): void {
  const group = hasGraphs() ? undefined : Object.entries({ sft, actor }).find(([, { dtype }]) => dtype !== 'float32');
  if (group === undefined) return;
  throw new RlloomError('config', {
    what: `the ${backend} backend does not compute in ${group[1].dtype}`,
    where: `${group[0]}.dtype`,
    fix: 'set it to float32, or use the native backend: rlloom setup, then backend.name=tfjs-node',
  });
}

/** The tasks of some files, filtered as `data` says, every one with a reward that can judge it. */
export async function readRunTasks(config: RunConfig, files: readonly string[]): Promise<readonly Task[]> {
  if (files.length === 0) return [];
  const { tasks } = await readTasks([...files], { onBadRecord: config.data.onBadRecord });
  const filtered = filterTasks(tasks, config.data);
  checkRouting(filtered.tasks, config.rewards);
  for (const tag of ownTags(config)) {
    checkRouting(
      filtered.tasks.map((task) => ({ ...task, tag })),
      config.rewards,
    );
  }
  return filtered.tasks;
}
