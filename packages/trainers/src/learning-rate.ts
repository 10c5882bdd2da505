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
  const { name, warmupSteps, minRatio } = config.schedule;
  const base = { learningRate: config.learningRate, warmupSteps };
  switch (name) {
    case 'constant':
      return learningRateAt(step, { kind: name, ...base });
    case 'linear':
      return learningRateAt(step, { kind: name, ...base, totalSteps });
    case 'cosine':
      return learningRateAt(step, { kind: name, ...base, totalSteps, minRatio });
  }
}
