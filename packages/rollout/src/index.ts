export { collectGroups, type CollectOptions, type CollectSummary } from './collect-groups.ts';
export {
  createLocalEngine,
  type LocalEngine,
  type LocalEngineOptions,
  type LocalGenerateOptions,
} from './local-engine.ts';
export { collectMultiAgentGroups, type CollectMultiAgentOptions } from './multi-agent/collect-multi-agent-groups.ts';
export { type RolloutConfig, rolloutConfig } from './rollout.config.ts';
export { greedySampling, trainingSampling } from './sampling.ts';
