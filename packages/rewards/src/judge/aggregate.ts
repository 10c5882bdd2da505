/** How several judges become one score. */
export type Aggregation = 'mean' | 'median' | 'majority' | 'min';

/** A score and how much it counts; weights are positive. */
export interface WeightedScore {
  readonly score: number;
  readonly weight: number;
}

/**
 * One score out of several judges' scores from 0 to 1. `majority` lets each judge vote whether its score reaches `threshold`:
 * 1 or 0. `null` when there is nothing to aggregate, or a vote is split evenly.
 *
 * @example
 * ```ts
 * const scores = [{ score: 1, weight: 1 }, { score: 0.5, weight: 1 }, { score: 0, weight: 2 }];
 * aggregateScores(scores, 'mean', 0.5); // => 0.375
 * aggregateScores(scores, 'median', 0.5); // => 0.25
 * aggregateScores(scores, 'min', 0.5); // => 0
 * aggregateScores(scores, 'majority', 0.5); // => null
 * ```
 */
export function aggregateScores(
  scores: readonly WeightedScore[],
  aggregation: Aggregation,
  threshold: number,
): number | null {
  if (scores.length === 0) return null;
  switch (aggregation) {
    case 'mean':
      return weightedMean(scores);
    case 'median':
      return weightedMedian(scores);
    case 'min':
      return Math.min(...scores.map(({ score }) => score));
    case 'majority': {
      const total = sumOf(scores);
      const votes = sumOf(scores.filter(({ score }) => score >= threshold));
      return votes * 2 === total ? null : votes * 2 > total ? 1 : 0;
    }
  }
}

/** The weighted mean; `NaN` for no scores. */
export function weightedMean(scores: readonly WeightedScore[]): number {
  return scores.reduce((sum, { score, weight }) => sum + score * weight, 0) / sumOf(scores);
}

// The score at which half of the weight is reached; between two scores when it is reached exactly.
function weightedMedian(scores: readonly WeightedScore[]): number {
  const sorted = scores.toSorted((a, b) => a.score - b.score);
  const half = sumOf(scores) / 2;
  let reached = 0;
  for (const [index, { score, weight }] of sorted.entries()) {
    reached += weight;
    const next = sorted[index + 1];
    if (reached === half && next !== undefined) return (score + next.score) / 2;
    if (reached >= half) return score;
  }
  return sorted.at(-1)!.score;
}

function sumOf(scores: readonly WeightedScore[]): number {
  return scores.reduce((sum, { weight }) => sum + weight, 0);
}
