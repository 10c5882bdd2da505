export { testEnvironment } from './environment.ts';
export { type RolloutEngineFixture, testRolloutEngine } from './rollout-engine.ts';
