export { encodePrompt, type PromptFormat, singleTurn, type SingleTurnOptions } from './single-turn.ts';
export { multiTurn, type MultiTurnOptions } from './multi-turn.ts';
export {
  createObservationEncoder,
  type ObservationEncoder,
  type ObservationEncoderOptions,
  type TemplateOptions,
} from './conversation/observation-encoder.ts';
export { hermesFormat } from './tool-formats/hermes.ts';
export { jsonFormat } from './tool-formats/json.ts';
export { llamaFormat } from './tool-formats/llama.ts';
export { mistralFormat } from './tool-formats/mistral.ts';
export {
  isMalformed,
  type MalformedCall,
  type ParsedTurn,
  type ReadCall,
  type ToolFormat,
} from './tool-formats/tool-format.ts';
export { type ToolFormatName, toolFormatNames, toolFormatOf } from './tool-formats/tool-formats.ts';
export { defineTool, InvalidToolArguments, type ToolDefinition, type ToolState } from './tools/define-tool.ts';
export { defaultToolLimits, type ToolLimits } from './tools/tool-box.ts';
export { truncateText, type TruncationSide } from './tools/truncate-text.ts';
export { chain } from './multi-agent/chain.ts';
export { type ChainConfig, chainConfig } from './multi-agent/chain.config.ts';
export { debate } from './multi-agent/debate.ts';
export { type DebateConfig, debateConfig } from './multi-agent/debate.config.ts';
export { mixture } from './multi-agent/mixture.ts';
export { type MixtureConfig, mixtureConfig } from './multi-agent/mixture.config.ts';
export { isMultiAgent, multiAgent, rolesOf } from './multi-agent/multi-agent.ts';
export { type MultiAgentConfig, multiAgentConfig } from './multi-agent/multi-agent.config.ts';
export { type RoleConfig, roleConfig } from './multi-agent/role.config.ts';
export { fillPrompt, taskText, withoutThoughts } from './multi-agent/shown-text.ts';
export { teamRewards } from './multi-agent/team-rewards.ts';
export {
  type AgentWeights,
  createTeam,
  type TeamAnswer,
  type TeamEnd,
  type TeamEnvironment,
  type TeamOptions,
  type TeamPlay,
  type TeamResources,
  type TeamRole,
  type TeamTurn,
} from './multi-agent/team.ts';
export { calculatorTool } from './tools/calculator-tool.ts';
export { gsm8kInteraction, type Gsm8kInteractionOptions } from './interactions/gsm8k-interaction.ts';
export { gsm8kRewardTool } from './tools/gsm8k-reward-tool.ts';
export { gridWorld, type GridWorldOptions } from './games/grid-world.ts';
export { numberGuessGame, type NumberGuessOptions } from './games/number-guess.ts';
export { type AiSdkTool, aiSdkTools } from './tools/ai-sdk-tools.ts';
export { createEnvironment, type CreateEnvironmentOptions } from './create-environment.ts';
export {
  type EnvironmentConfig,
  environmentConfig,
  type InteractionConfig,
  type ToolConfig,
} from './environment.config.ts';
