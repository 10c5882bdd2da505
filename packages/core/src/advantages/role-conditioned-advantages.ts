import { checkRewards } from './check-rewards.ts';

/** A reward and the agent that earned it; see `roleConditionedAdvantages`. */
export interface RewardedAgent {
  /** The agent (role) the baseline belongs to; put the game into the name where one model plays several. */
  readonly agent: string;
  /** `null` where no verdict was possible. */
  readonly reward: number | null;
}

/** Running baseline of each agent. Plain data: keep it in a checkpoint to resume exactly. */
export type AgentBaselines = Readonly<Record<string, number>>;

/** Options of `roleConditionedAdvantages`. */
export interface RoleConditionedOptions {
  /** Baselines so far. An agent without one starts at 0. Default: none. */
  readonly baselines?: AgentBaselines;
  /** How much of the old baseline stays after a reward, from 0 to below 1. Default 0.95 (prime-rl). */
  readonly decay?: number;
}

/**
 * Advantages against the running average of the same agent's rewards: `A_i = r_i − b_agent`, and after each use
 * `b ← decay · b + (1 − decay) · r_i`. Made for self-play, where the mean over both sides of a zero-sum game is 0
 * whatever they do, and the one who moves first may always have the better of it.
 *
 * Rewards are taken in the order given, each judged before it moves its baseline, so the order matters. `null`
 * (unverifiable) rewards yield `null` and move nothing.
 *
 * RAE of SPIRAL, arXiv:2506.24119. prime-rl forgets its baselines at a restart; here they are an argument and a result.
 *
 * @param samples in the order they were played
 * @returns `advantages`, one per sample in the same order, and the `baselines` for the next call; the ones given stay
 * as they were
 * @throws RangeError when a reward or baseline is not finite, or the decay is outside [0, 1)
 * @example
 * ```ts
 * const first = roleConditionedAdvantages([{ agent: 'black', reward: 1 }, { agent: 'white', reward: -1 }], { decay: 0.5 });
 * first; // => { advantages: [1, -1], baselines: { black: 0.5, white: -0.5 } }
 * const { baselines } = first;
 * roleConditionedAdvantages([{ agent: 'black', reward: 1 }], { decay: 0.5, baselines }).advantages; // => [0.5]
 * ```
 */
export function roleConditionedAdvantages(
  samples: readonly RewardedAgent[],
  options: RoleConditionedOptions = {},
): { readonly advantages: (number | null)[]; readonly baselines: AgentBaselines } {
  const { decay = 0.95, baselines = {} } = options;
  if (!(decay >= 0 && decay < 1)) {
    throw new RangeError(`roleConditionedAdvantages: decay must be in [0, 1), given ${decay}`);
  }
  checkRewards('roleConditionedAdvantages', Object.values(baselines));
  checkRewards(
    'roleConditionedAdvantages',
    samples.map(({ reward }) => reward),
  );
  // A map, since an agent may have the name of something every object has.
  const current = new Map(Object.entries(baselines));
  const advantages = samples.map(({ agent, reward }) => {
    if (reward === null) return null;
    const baseline = current.get(agent) ?? 0;
    current.set(agent, decay * baseline + (1 - decay) * reward);
    return reward - baseline;
  });
  return { advantages, baselines: Object.fromEntries(current) };
}
