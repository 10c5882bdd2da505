import type { RewardResult, ScoredGroup } from '@rlloom/spec';

/** What a scorer said of one trajectory, and by the rules of which domain. */
export interface Judgement extends Pick<ScoredGroup, 'domain' | 'filter'> {
  readonly result: RewardResult;
  /** After weighting and clipping; `null` where there is no verdict. */
  readonly reward: number | null;
}

/** A judgement with its weight in a reward. */
export interface WeightedJudgement {
  readonly weight: number;
  readonly judgement: Judgement;
}

/** No verdict, for a reason. */
export function unverifiable(reason: string): Judgement {
  return { result: { verdict: 'unverifiable', score: null, parts: {}, reasons: [reason] }, reward: null };
}

/**
 * One judgement of several answers to the same task: means over those that could be judged, and `correct` when each of
 * them is. Scores of steps belong to single answers and are left out.
 */
export function meanJudgement(all: readonly Judgement[]): Judgement {
  const known = all.filter(({ reward }) => reward !== null);
  const [first] = known;
  if (all.length === 1 && all[0] !== undefined) return all[0];
  if (first === undefined) return unverifiable('no answer of the team could be judged');
  const names = [...new Set(known.flatMap(({ result }) => Object.keys(result.parts)))];
  return {
    ...first,
    result: {
      verdict: known.every(({ result }) => result.verdict === 'correct') ? 'correct' : 'incorrect',
      score: mean(known.map(({ result }) => result.score)),
      parts: Object.fromEntries(names.map((name) => [name, mean(known.map(({ result }) => result.parts[name]))])),
      reasons: all.flatMap(({ result }) => result.reasons),
    },
    reward: mean(known.map(({ reward }) => reward)),
  };
}

/** The weighted sum; verdict and parts are those of the first, further parts are `own/…`. Without a verdict where one has none. */
export function sumJudgements(all: readonly [WeightedJudgement, ...WeightedJudgement[]]): Judgement {
  const [{ judgement: first }, ...more] = all;
  const missing = all.find(({ judgement }) => judgement.reward === null);
  if (missing !== undefined) {
    return { ...first, result: { ...missing.judgement.result, verdict: 'unverifiable', score: null }, reward: null };
  }
  const parts = more.flatMap(({ judgement }) => Object.entries(judgement.result.parts));
  return {
    ...first,
    result: {
      ...first.result,
      score: all.reduce((sum, { weight, judgement }) => sum + weight * (judgement.result.score ?? 0), 0),
      parts: { ...first.result.parts, ...Object.fromEntries(parts.map(([name, value]) => [`own/${name}`, value])) },
    },
    reward: all.reduce((sum, { weight, judgement }) => sum + weight * (judgement.reward ?? 0), 0),
  };
}

function mean(values: readonly (number | null | undefined)[]): number | null {
  const known = values.filter((value) => value !== null && value !== undefined);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
