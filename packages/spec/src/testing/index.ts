export { testEnvironment } from './environment.ts';
export { type MultiAgentEnvironmentFixture, testMultiAgentEnvironment } from './multi-agent-environment.ts';
export { type RewardFunctionCases, testRewardFunction } from './reward-function.ts';
export { type RolloutEngineFixture, testRolloutEngine } from './rollout-engine.ts';
export { type InteractionFixture, testInteraction } from './interaction.ts';
export { testTool, type ToolFixture } from './tool.ts';
