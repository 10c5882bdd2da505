import type { RewardFunction } from '@rlloom/spec';
import type { z } from 'zod';
import type { environmentScoreConfig } from './environment-score.config.ts';

/** Options of the `environment` reward, as validated. */
export type EnvironmentScoreConfig = z.infer<typeof environmentScoreConfig>;

type Scores = readonly number[];

const aggregates: Readonly<Record<EnvironmentScoreConfig['aggregate'], (scores: Scores) => number>> = {
  sum: total,
  last: (scores) => scores.at(-1)!,
  mean: (scores) => total(scores) / scores.length,
  max: (scores) => Math.max(...scores),
};

/**
 * The `environment` reward: the scores that the environment gave the turns of the policy, as one number; each is also
 * the score of its step. An episode without any score, or with one that is no number, is `unverifiable`.
 */
export function environmentScoreReward({ aggregate, correctAt }: EnvironmentScoreConfig): RewardFunction {
  return ({ turnScores = [] }) => {
    const given = turnScores.filter((score) => score !== null);
    const reason =
      given.length === 0 ? 'the environment gave no score' : `the environment gave ${given.map(String).join(', ')}`;
    if (given.length === 0 || !given.every(Number.isFinite)) {
      return { verdict: 'unverifiable', score: null, parts: {}, reasons: [reason] };
    }
    const score = aggregates[aggregate](given);
    const verdict = score >= correctAt ? 'correct' : 'incorrect';
    return { verdict, score, parts: {}, reasons: [reason], stepScores: turnScores };
  };
}

function total(scores: Scores): number {
  return scores.reduce((sum, score) => sum + score, 0);
}
