import {
  batchScaledAdvantages,
  broadcastOverTokens,
  generalizedAdvantages,
  greedyBaselineAdvantages,
  groupPolicyGradientAdvantages,
  groupRelativeAdvantages,
  leaveOneOutAdvantages,
  lengthWeightedAdvantages,
  normalizeThenSum,
  optimalTokenBaselineAdvantages,
  passAtKAdvantages,
  perGroup,
  reinforcePlusPlusAdvantages,
  reinforcePlusPlusBaselineAdvantages,
  sequenceRewards,
  sumObjectives,
  whitenOverTokens,
} from '@rlloom/core';
import { type AlgorithmRunner, type CaseArguments, NotCovered, type Outputs } from '../algorithm-runner.ts';
import { flagOf, nameOf, numberOf, numbers } from './case-inputs.ts';

type Estimator = (rewards: readonly number[]) => readonly (number | null)[];

const outcomeInputs = ['token_level_rewards', 'response_mask', 'index'];

function overTokens({ inputs }: CaseArguments, estimate: Estimator): Outputs {
  const rewards = sequenceRewards(numbers(inputs, 'token_level_rewards'));
  const advantages = perGroup(rewards, numbers<(string | number)[]>(inputs, 'index'), estimate);
  const spread = broadcastOverTokens(advantages, numbers(inputs, 'response_mask'));
  return { advantages: spread, returns: spread };
}

/** GRPO as verl's loop has it, or as its vectorised form has it, whose variance is at least epsilon. */
export function groupRelative(leastVariance: 'zero' | 'epsilon'): AlgorithmRunner {
  return {
    inputs: outcomeInputs,
    params: ['norm_by_std', 'epsilon'],
    run(given) {
      const epsilon = numberOf(given.params, 'epsilon', 1e-6);
      return overTokens(given, (rewards) =>
        groupRelativeAdvantages(rewards, {
          normalizeByStd: flagOf(given.params, 'norm_by_std', true),
          epsilon,
          deviationFloor: leastVariance === 'epsilon' ? Math.sqrt(epsilon) : 0,
          singleton: 'reward',
        }),
      );
    },
  };
}

/** RLOO as verl's loop has it (a lone sample keeps its reward) or as its vectorised form has it (it gets 0). */
export function leaveOneOut(singleton: 'reward' | 'zero'): AlgorithmRunner {
  return {
    inputs: outcomeInputs,
    params: [],
    run: (given) => overTokens(given, (rewards) => leaveOneOutAdvantages(rewards, { singleton })),
  };
}

export const passAtK: AlgorithmRunner = {
  inputs: outcomeInputs,
  params: ['norm_by_std'],
  run: (given) =>
    overTokens(given, (rewards) =>
      passAtKAdvantages(rewards, { normalizeByStd: flagOf(given.params, 'norm_by_std', true) }),
    ),
};

export const groupPolicyGradient: AlgorithmRunner = {
  inputs: outcomeInputs,
  params: ['f_norm'],
  run({ inputs, params }) {
    const rewards = sequenceRewards(numbers(inputs, 'token_level_rewards'));
    const advantages = groupPolicyGradientAdvantages(rewards, numbers<(string | number)[]>(inputs, 'index'), {
      normalization: numberOf(params, 'f_norm', 1),
      singleton: 'reward',
    });
    const spread = broadcastOverTokens(advantages, numbers(inputs, 'response_mask'));
    return { advantages: spread, returns: spread };
  },
};

export const lengthWeighted: AlgorithmRunner = {
  inputs: outcomeInputs,
  params: [],
  run({ inputs }) {
    const mask = numbers(inputs, 'response_mask');
    const samples = sequenceRewards(numbers(inputs, 'token_level_rewards')).map((reward, sequence) => ({
      reward,
      tokenCount: (mask[sequence] ?? []).reduce((sum, weight) => sum + weight, 0),
    }));
    const groups = numbers<(string | number)[]>(inputs, 'index');
    const advantages = perGroup(samples, groups, (group) => lengthWeightedAdvantages(group, { singleton: 'reward' }));
    // verl divides by the tokens of a group where it has none too, so that its masked places hold NaN; ours are 0.
    const isVoid = perGroup(samples, groups, (group) =>
      group.map(() => group.length > 1 && group.every(({ tokenCount }) => tokenCount === 0)),
    );
    const spread = broadcastOverTokens(advantages, mask).map((row, sequence) =>
      isVoid[sequence] === true ? row.map(() => Number.NaN) : row,
    );
    return { advantages: spread, returns: spread };
  },
};

export const greedyBaseline: AlgorithmRunner = {
  inputs: ['token_level_rewards', 'response_mask', 'reward_baselines'],
  params: [],
  run: ({ inputs }) =>
    greedyBaselineAdvantages({
      tokenRewards: numbers(inputs, 'token_level_rewards'),
      mask: numbers(inputs, 'response_mask'),
      greedyRewards: numbers<number[]>(inputs, 'reward_baselines'),
    }),
};

/** verl whitens after the recursion, masked places too. */
export const generalized: AlgorithmRunner = {
  inputs: ['token_level_rewards', 'values', 'response_mask'],
  params: ['gamma', 'lam'],
  run({ inputs, params }) {
    const mask = numbers(inputs, 'response_mask');
    const { advantages, returns } = generalizedAdvantages(
      { tokenRewards: numbers(inputs, 'token_level_rewards'), values: numbers(inputs, 'values'), mask },
      { gamma: numberOf(params, 'gamma', 1), lambda: numberOf(params, 'lam', 1), atMasked: 'recursion' },
    );
    return { advantages: whitenOverTokens(advantages, mask, { atMasked: 'scaled' }), returns };
  },
};

export const reinforcePlusPlus: AlgorithmRunner = {
  inputs: ['token_level_rewards', 'response_mask'],
  params: ['gamma'],
  run: ({ inputs, params }) =>
    reinforcePlusPlusAdvantages(
      { tokenRewards: numbers(inputs, 'token_level_rewards'), mask: numbers(inputs, 'response_mask') },
      { gamma: numberOf(params, 'gamma', 1) },
    ),
};

export const reinforcePlusPlusBaseline: AlgorithmRunner = {
  inputs: outcomeInputs,
  params: [],
  run({ inputs }) {
    const advantages = reinforcePlusPlusBaselineAdvantages({
      rewards: sequenceRewards(numbers(inputs, 'token_level_rewards')),
      groups: numbers<(string | number)[]>(inputs, 'index'),
      mask: numbers(inputs, 'response_mask'),
    });
    return { advantages, returns: advantages };
  },
};

/** OTB, and with tokens compared by their turn its form for tools. */
export function optimalTokenBaseline(align: 'place' | 'turn-token'): AlgorithmRunner {
  return {
    inputs: [...outcomeInputs, 'old_log_probs', 'sum_pi_squared', 'rollout_is_weights'],
    params: ['handle_zero_tail'],
    run: ({ inputs, params }) =>
      optimalTokenBaselineAdvantages(
        {
          tokenRewards: numbers(inputs, 'token_level_rewards'),
          mask: numbers(inputs, 'response_mask'),
          groups: numbers<(string | number)[]>(inputs, 'index'),
          oldLogProbs: numbers(inputs, 'old_log_probs'),
          squaredProbabilitySums: numbers(inputs, 'sum_pi_squared'),
          ...(inputs['rollout_is_weights'] != null && { importanceWeights: numbers(inputs, 'rollout_is_weights') }),
        },
        { align, zeroTail: flagOf(params, 'handle_zero_tail', false) },
      ),
  };
}

type Rewards = readonly (number | null)[];

/**
 * TRL's advantages. Its None is our null; it gives unscorable samples 0 where we say null. Its normalisation over
 * the batch is ours over one group.
 */
export const trlAdvantages: AlgorithmRunner = {
  inputs: ['rewards_per_func'],
  params: ['algo', 'num_generations', 'reward_weights', 'scale_rewards', 'aggregation', 'normalize_advantages'],
  run({ inputs, params }) {
    const perFunction = numbers(inputs, 'rewards_per_func').map((row) =>
      row.map((reward) => (Number.isNaN(reward) ? null : reward)),
    );
    const objectives = numbers<number[]>(params, 'reward_weights').map((weight, column) => ({
      rewards: perFunction.map((row) => row[column] ?? null),
      weight,
    }));
    const groups = perFunction.map((_, sample) => Math.floor(sample / numberOf(params, 'num_generations', 1)));
    const normalize = (rewards: Rewards): Rewards => groupRelativeAdvantages(rewards, { epsilon: 1e-4 });

    const algorithm = nameOf(params, 'algo');
    const aggregation = nameOf(params, 'aggregation', 'sum_then_normalize');
    if (algorithm === 'grpo' && aggregation === 'normalize_then_sum') {
      const sums = normalizeThenSum(objectives, groups, { whiten: 'none' });
      return report(sums, normalizeThenSum(objectives, groups));
    }
    const rewards = sumObjectives(objectives);
    if (algorithm === 'rloo') {
      // A lone sample has no others: TRL counts it as unscorable.
      const isLone = (group: Rewards) => group.filter((reward) => reward !== null).length === 1;
      const advantages = perGroup(
        rewards,
        groups,
        (group): Rewards => (isLone(group) ? group.map(() => null) : leaveOneOutAdvantages(group)),
      );
      if (!flagOf(params, 'normalize_advantages', false)) return report(rewards, advantages);
      return report(rewards, normalize(advantages));
    }
    const scale = nameOf(params, 'scale_rewards', 'group');
    if (algorithm !== 'grpo' || aggregation !== 'sum_then_normalize')
      throw new NotCovered(`not built: ${algorithm} ${aggregation}`);
    switch (scale) {
      case 'group':
        return report(rewards, perGroup(rewards, groups, normalize));
      case 'batch':
        return report(rewards, batchScaledAdvantages(rewards, groups));
      case 'none':
        return report(
          rewards,
          perGroup(rewards, groups, (group) => groupRelativeAdvantages(group, { normalizeByStd: false })),
        );
      default:
        throw new NotCovered(`not built: scale_rewards ${scale}`);
    }
  },
};

const report = (rewards: Rewards, advantages: Rewards): Outputs => ({
  rewards: rewards.map((reward) => reward ?? Number.NaN),
  advantages: advantages.map((advantage) => advantage ?? 0),
});
