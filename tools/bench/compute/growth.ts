import { resultsOf, type Side, sideOf } from './comparisons.ts';
import { sweeps } from './plan.ts';
import type { Report } from './report.ts';

/** A point of a sweep: one piece of work at one value of what is varied. */
export interface GrowthPoint {
  readonly sweep: string;
  readonly value: number;
  readonly work: 'generate' | 'update';
  readonly ours: Side | undefined;
  readonly theirs: Side | undefined;
}

/** All points that were measured, sweep by sweep. */
export function growthPoints(report: Report): GrowthPoint[] {
  return Object.entries(sweeps).flatMap(([sweep, values]) => {
    const rounds = report.units[`growth with ${sweep}`]?.rounds;
    if (rounds === undefined) return [];
    return (['generate', 'update'] as const).flatMap((work) =>
      values.map(({ value }): GrowthPoint => {
        const at = (side: 'ours' | 'theirs') =>
          sideOf(rounds.map((round) => resultsOf(round[side], work).filter((result) => result.sweep?.value === value)));
        return { sweep, value, work, ours: at('ours'), theirs: at('theirs') };
      }),
    );
  });
}
