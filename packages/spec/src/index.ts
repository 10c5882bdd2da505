export type { Message, Role, ToolCall } from './message.ts';
export type { GroundTruth, Task, TaskSource, TestCase } from './task.ts';
export type {
  GroupFilter,
  RewardObjective,
  ScoredGroup,
  StopReason,
  Trajectory,
  TrajectoryGroup,
  Turn,
} from './trajectory.ts';
export type {
  GroupRewardFunction,
  RewardContext,
  RewardFunction,
  RewardRequest,
  RewardResult,
  RewardScorer,
  Verdict,
} from './reward.ts';
export type {
  DrawnTokens,
  EngineCallOptions,
  EngineCapabilities,
  GenerationRequest,
  GenerationResult,
  RolloutEngine,
  SamplingParameters,
  WeightSource,
} from './engine.ts';
export type { ChatTemplateOptions, TextDecodeStream, Tokenizer } from './tokenizer.ts';
export type { Environment, Episode, EpisodeStep } from './environment.ts';
export type {
  AgentContinuation,
  AgentConversation,
  AgentGeneration,
  AgentPrompt,
  AgentRequest,
  MultiAgentEnvironment,
  MultiAgentEpisode,
  MultiAgentStep,
} from './multi-agent.ts';
export type { Tool, ToolArguments, ToolCallContext, ToolContext, ToolResult, ToolSchema, ToolSession } from './tool.ts';
export type { Interaction, InteractionContext, InteractionResponse, InteractionSession } from './interaction.ts';
export type {
  ForwardBackwardResult,
  LossDescription,
  Metrics,
  OptimizerStepParameters,
  Policy,
  TrainingBatch,
  TrainingSequence,
} from './policy.ts';
export type { CollectGroups, GroupSource, TaskStream } from './pipeline.ts';
export type { Phase, Reporter, RunInfo } from './reporter.ts';
export { type ErrorKind, type ErrorParts, exitCodes, isRlloomError, RlloomError, toStorageError } from './error.ts';
export { deriveSeed } from './seed.ts';
export { taskTools } from './task-tools.ts';
