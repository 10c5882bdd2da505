import { checkObjectives, type Objective } from './objectives.ts';

/**
 * How many fronts stand before each sample: 0 for those that no other dominates, 1 for those that only front 0
 * dominates, and so on. A sample dominates another that it equals or exceeds in every objective and exceeds in one.
 *
 * More is better in every objective, weights do not matter: negate the rewards of what shall be small. A sample that
 * lacks a reward cannot be compared and yields `null`.
 *
 * Non-dominated sorting, doi:10.1109/4235.996017.
 *
 * @returns one per sample
 * @throws ShapeError when the objectives differ in length
 * @throws RangeError without any objective, or when a reward is not finite
 * @example
 * ```ts
 * const accuracy = { rewards: [1, 0, 0, 1] };
 * const brevity = { rewards: [-90, -10, -20, -80] };
 * paretoRanks([accuracy, brevity]); // => [1, 0, 1, 0]
 * ```
 */
export function paretoRanks(objectives: readonly Objective[]): (number | null)[] {
  checkObjectives('paretoRanks', objectives);
  const points = (objectives[0]?.rewards ?? []).map((_, sample) => {
    const point = objectives.map(({ rewards }) => rewards[sample] ?? null);
    return point.every((reward) => reward !== null) ? point : null;
  });
  const ranks: (number | null)[] = points.map(() => null);
  let open = points.flatMap((point, sample) => (point === null ? [] : [{ point, sample }]));
  for (let rank = 0; open.length > 0; rank += 1) {
    const rest = open.filter((one) => open.some((other) => dominates(other.point, one.point)));
    const dominated = new Set(rest);
    for (const one of open) if (!dominated.has(one)) ranks[one.sample] = rank;
    open = rest;
  }
  return ranks;
}

function dominates(a: readonly number[], b: readonly number[]): boolean {
  let exceeds = false;
  for (const [objective, reward] of a.entries()) {
    const other = b[objective] as number;
    if (reward < other) return false;
    if (reward > other) exceeds = true;
  }
  return exceeds;
}
