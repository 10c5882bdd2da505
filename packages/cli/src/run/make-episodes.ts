import { createEnvironment, isMultiAgent, multiAgent, rolesOf, teamRewards } from '@rlloom/environments';
import {
  collectGroups,
  collectMultiAgentGroups,
  greedySampling,
  loadGeneration,
  trainingSampling,
} from '@rlloom/rollout';
import type { CollectGroups, RewardScorer, RolloutEngine, SamplingParameters, Tokenizer } from '@rlloom/spec';
import type { RunConfig } from '../run-config.ts';

/** How a run samples, and who shares which reward. */
export interface Episodes {
  readonly collect: CollectGroups;
  /** The scorer of the run over the one of single answers. Closing it closes that one. */
  rewards(pool: RewardScorer): RewardScorer;
  close(): Promise<void>;
}

/** What episodes need beside the configuration. */
export interface EpisodeParts {
  readonly engine: RolloutEngine;
  readonly tokenizer: Tokenizer;
  /** Longest sequence of the model. */
  readonly maxPositions: number;
}

/** The episodes of a run: of one agent or of several, or as the module of `rollout.custom_generation` makes them. */
export async function makeEpisodes(config: RunConfig, parts: EpisodeParts): Promise<Episodes> {
  const { engine, tokenizer, maxPositions } = parts;
  const { maxPromptLength, promptFormat } = config.rollout;
  const shared = { tokenizer, promptFormat, maxPromptLength };
  if (isMultiAgent(config.environment)) {
    const environment = multiAgent(config.environment, shared);
    return {
      collect: (tasks, { mode, ...options }) =>
        collectMultiAgentGroups({ engine, environment, tokenizer, tasks, ...samplesOf(config, mode), ...options }),
      rewards: (pool) => teamRewards(pool, environment.weights),
      close: async () => environment.close?.(),
    };
  }
  const environment = await createEnvironment(config.environment, {
    ...shared,
    maxTokens: maxPositions - maxPromptLength,
  });
  const builtIn: CollectGroups = (tasks, { mode, ...options }) =>
    collectGroups({ engine, environment, tokenizer, tasks, ...samplesOf(config, mode), ...options });
  const custom = config.rollout.customGeneration;
  const make = custom === null ? undefined : await loadGeneration(custom.module, custom.export);
  const { groupSize, sampling } = samplesOf(config, 'train');
  return {
    collect: (await make?.({ engine, environment, tokenizer, collect: builtIn, groupSize, sampling })) ?? builtIn,
    rewards: (pool) => pool,
    close: async () => environment.close?.(),
  };
}

/** Tags by which roles are judged that are not those of the tasks. */
export function ownTags({ environment }: Pick<RunConfig, 'environment'>): readonly string[] {
  if (!isMultiAgent(environment)) return [];
  const tags = rolesOf(environment).flatMap(({ ownWeight, tag }) => (ownWeight === 0 || tag === null ? [] : [tag]));
  return [...new Set(tags)];
}

function samplesOf(
  { rollout }: RunConfig,
  mode: 'evaluate' | 'train',
): { readonly groupSize: number; readonly sampling: SamplingParameters } {
  return mode === 'train'
    ? { groupSize: rollout.groupSize, sampling: trainingSampling(rollout) }
    : { groupSize: 1, sampling: greedySampling(rollout) };
}
