import { learningRateAt } from '@rlloom/core';
import type { OptimizerConfig } from './actor.config.ts';

/**
 * The learning rate of one step of a stage.
 *
 * @param config peak rate and schedule
 * @param step 0-based
 * @param totalSteps steps of the stage
 */
export function scheduledLearningRate(config: OptimizerConfig, step: number, totalSteps: number): number {
  const { name, warmupSteps } = config.schedule;
  const base = { learningRate: config.learningRate, warmupSteps };
  return learningRateAt(step, name === 'constant' ? { kind: name, ...base } : { kind: name, ...base, totalSteps });
}
