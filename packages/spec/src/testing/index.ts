export { testEnvironment } from './environment.ts';
export { type RewardFunctionCases, testRewardFunction } from './reward-function.ts';
export { type RolloutEngineFixture, testRolloutEngine } from './rollout-engine.ts';
