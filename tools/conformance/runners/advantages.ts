import {
  broadcastOverTokens,
  groupRelativeAdvantages,
  leaveOneOutAdvantages,
  perGroup,
  sequenceRewards,
} from '@rlloom/core';
import type { AlgorithmRunner, CaseArguments, Outputs } from '../algorithm-runner.ts';
import { flagOf, numberOf, numbers } from './case-inputs.ts';

type Estimator = (rewards: readonly number[]) => readonly (number | null)[];

const outcomeInputs = ['token_level_rewards', 'response_mask', 'index'];

function overTokens({ inputs }: CaseArguments, estimate: Estimator): Outputs {
  const rewards = sequenceRewards(numbers(inputs, 'token_level_rewards'));
  const advantages = perGroup(rewards, numbers<(string | number)[]>(inputs, 'index'), estimate);
  const spread = broadcastOverTokens(advantages, numbers(inputs, 'response_mask'));
  return { advantages: spread, returns: spread };
}

export const groupRelative: AlgorithmRunner = {
  inputs: outcomeInputs,
  params: ['norm_by_std', 'epsilon'],
  run: (given) =>
    overTokens(given, (rewards) =>
      groupRelativeAdvantages(rewards, {
        normalizeByStd: flagOf(given.params, 'norm_by_std', true),
        epsilon: numberOf(given.params, 'epsilon', 1e-6),
        singleton: 'reward',
      }),
    ),
};

/** RLOO as verl's loop has it (a lone sample keeps its reward) or as its vectorised form has it (it gets 0). */
export function leaveOneOut(singleton: 'reward' | 'zero'): AlgorithmRunner {
  return {
    inputs: outcomeInputs,
    params: [],
    run: (given) => overTokens(given, (rewards) => leaveOneOutAdvantages(rewards, { singleton })),
  };
}
