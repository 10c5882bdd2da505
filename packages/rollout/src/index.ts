export {
  type AsynchronousGroupSource,
  createGroupSource,
  type GroupSourceOptions,
} from './asynchronous/group-source.ts';
export { groupsToBegin, type RolloutBounds, type RolloutState } from './asynchronous/rollout-gate.ts';
export type { RolloutCounts } from './asynchronous/rollout-tally.ts';
export {
  type BufferedGroup,
  type BufferStatistics,
  createTrajectoryBuffer,
  type TrajectoryBuffer,
  type TrajectoryBufferOptions,
} from './buffer/trajectory-buffer.ts';
export { type GenerationParts, loadGeneration, type MakeCollectGroups } from './custom-generation.ts';
export { collectGroups, type CollectOptions, type CollectSummary } from './collect-groups.ts';
export {
  createConfiguredServerEngine,
  createLlamaCppServerEngine,
  createOpenAiEngine,
  type CreateServerEngineOptions,
  createSglangEngine,
  createVllmEngine,
} from './http/create-server-engines.ts';
export { type EngineConfig, engineConfig, type ServerOptions } from './http/engine.config.ts';
export { publishWeights, type PublishWeightsOptions } from './http/publish-weights.ts';
export type { ServerGenerationResult } from './http/server-answer.ts';
export type { ServerEngine, ServerEngineParts } from './http/server-engine.ts';
export type { ServerEvent } from './http/server-pool.ts';
export { createLlamaCppEngine, type CreateLlamaCppEngineOptions } from './llama-cpp/llama-cpp-engine.ts';
export { type LlamaCppConfig, llamaCppConfig, type LlamaCppOptions } from './llama-cpp/llama-cpp.config.ts';
export {
  createLocalEngine,
  type LocalEngine,
  type LocalEngineOptions,
  type LocalGenerateOptions,
} from './local-engine.ts';
export { collectMultiAgentGroups, type CollectMultiAgentOptions } from './multi-agent/collect-multi-agent-groups.ts';
export { type RolloutConfig, rolloutConfig } from './rollout.config.ts';
export { greedySampling, trainingSampling } from './sampling.ts';
