import type { RewardContext, RewardRequest, RewardResult } from '@rlloom/spec';

/**
 * What an own reward may answer: a number (1 or more = correct, less = incorrect), `null` (could not be verified), or
 * a result of its own, of which `parts` and `reasons` may be left out.
 */
export type RewardAnswer =
  | number
  | null
  | (Pick<RewardResult, 'verdict' | 'score'> & Partial<Pick<RewardResult, 'parts' | 'reasons'>>);

/** An own reward, as a module exports it. */
export interface RewardDefinition {
  readonly name: string;
  /**
   * Scores one response, inside a reward thread. May throw: that sample is then unverifiable. `options` are those of
   * the configuration, as written.
   */
  readonly score: (
    request: RewardRequest,
    options: Readonly<Record<string, unknown>>,
    context: RewardContext,
  ) => RewardAnswer | Promise<RewardAnswer>;
}

/**
 * Declares an own reward; its module is named in the configuration as `{ type: 'module', module: './my-reward.mjs' }`
 * and loaded in every reward thread.
 *
 * @example
 * ```ts
 * const brevity = defineReward({
 *   name: 'brevity',
 *   score: ({ responseTokenCount }, { limit }) => Math.max(0, 1 - responseTokenCount / Number(limit)),
 * });
 * brevity.name; // => 'brevity'
 * ```
 */
export function defineReward(definition: RewardDefinition): RewardDefinition {
  return definition;
}
