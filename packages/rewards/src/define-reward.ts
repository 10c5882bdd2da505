import type { RewardContext, RewardRequest, RewardResult, Task } from '@rlloom/spec';

/**
 * What an own reward may answer: a number (1 or more = correct, less = incorrect), `null` (could not be verified), or
 * a result of its own, of which `parts`, `reasons` and `stepScores` may be left out.
 */
export type RewardAnswer =
  | number
  | null
  | (Pick<RewardResult, 'verdict' | 'score'> & Partial<Pick<RewardResult, 'parts' | 'reasons' | 'stepScores'>>);

/** Validates the options of an own reward: a zod schema, of version 3 or 4. */
export interface OptionsSchema<Options> {
  /** The options of a valid value, or what is wrong with it. */
  safeParse(value: unknown):
    | { readonly success: true; readonly data: Options }
    | {
        readonly success: false;
        readonly error: {
          readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
        };
      };
}

/** A response whose score is known, tried when the threads start. */
export interface SelfCheck {
  /** The task it answers; what is left out is `id: 'self-check'`, `tag: 'self-check'` and no messages. */
  readonly task?: Partial<Task>;
  readonly response: string;
  /** What it must score. Default 1, full marks. */
  readonly score?: number;
}

interface DefinitionBase<Options> {
  readonly name: string;
  /** The options it takes, when it should not take any: a wrong key is then an error before the first sample. */
  readonly options?: OptionsSchema<Options>;
}

/** An own reward of single responses, as a module exports it. */
export interface RewardDefinition<Options = Readonly<Record<string, unknown>>> extends DefinitionBase<Options> {
  /**
   * Scores one response, inside a reward thread. May throw: that sample is then unverifiable. `options` are those of
   * the configuration, as the schema gives them, or as written where there is none.
   */
  readonly score: (
    request: RewardRequest,
    options: Options,
    context: RewardContext,
  ) => RewardAnswer | Promise<RewardAnswer>;
  /** Responses it must score as said, or the pool does not start: the gold answer gets full marks. */
  readonly selfCheck?: readonly SelfCheck[];
}

/** An own reward that compares the responses to a task, as a module exports it. */
export interface GroupRewardDefinition<Options = Readonly<Record<string, unknown>>> extends DefinitionBase<Options> {
  /**
   * Scores all responses to one task, inside a reward thread; one answer each, in their order. When it throws, the
   * whole group is unverifiable.
   */
  readonly scoreGroup: (
    requests: readonly RewardRequest[],
    options: Options,
    context: RewardContext,
  ) => readonly RewardAnswer[] | Promise<readonly RewardAnswer[]>;
}

/**
 * Declares an own reward; its module is named in the configuration as `{ type: 'module', module: './my-reward.mjs' }`
 * and loaded in every reward thread.
 *
 * @example
 * ```ts
 * import { z } from 'zod';
 *
 * const brevity = defineReward({
 *   name: 'brevity',
 *   options: z.strictObject({ limit: z.number().positive() }),
 *   score: ({ responseTokenCount }, { limit }) => Math.max(0, 1 - responseTokenCount / limit),
 *   selfCheck: [{ response: '' }],
 * });
 * brevity.name; // => 'brevity'
 * ```
 */
export function defineReward<Options = Readonly<Record<string, unknown>>>(
  definition: RewardDefinition<Options>,
): RewardDefinition<Options> {
  return definition;
}

/**
 * Declares an own reward that sees all responses to a task at once; the configuration says `scope: 'group'` beside its
 * module.
 *
 * @example
 * ```ts
 * const shortest = defineGroupReward({
 *   name: 'shortest',
 *   scoreGroup(requests) {
 *     const least = Math.min(...requests.map(({ responseTokenCount }) => responseTokenCount));
 *     return requests.map(({ responseTokenCount }) => (responseTokenCount === least ? 1 : 0));
 *   },
 * });
 * shortest.name; // => 'shortest'
 * ```
 */
export function defineGroupReward<Options = Readonly<Record<string, unknown>>>(
  definition: GroupRewardDefinition<Options>,
): GroupRewardDefinition<Options> {
  return definition;
}
