import type { SamplingParameters } from '@rlloom/spec';
import type { RolloutConfig } from './rollout.config.ts';

/** The sampling of training rollouts, as the configuration says. */
export function trainingSampling(config: RolloutConfig): SamplingParameters {
  return {
    temperature: config.temperature,
    topK: config.topK,
    topP: config.topP,
    minP: config.minP,
    maxNewTokens: config.maxResponseLength,
    ...(config.stopStrings.length > 0 && { stopStrings: config.stopStrings }),
  };
}

/** The sampling of evaluation: greedy, with the same budget and stop strings. */
export function greedySampling(config: Pick<RolloutConfig, 'maxResponseLength' | 'stopStrings'>): SamplingParameters {
  return {
    temperature: 0,
    topK: 0,
    topP: 1,
    minP: 0,
    maxNewTokens: config.maxResponseLength,
    ...(config.stopStrings.length > 0 && { stopStrings: config.stopStrings }),
  };
}
