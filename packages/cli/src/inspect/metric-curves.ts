import type { Metrics } from '@rlloom/spec';
import { formatNumber } from '../format/quantities.ts';
import { formatTable } from '../format/sections.ts';

/** One metric over the steps of a stage. */
export interface Curve {
  readonly first: number;
  readonly last: number;
  /** Least and greatest finite value; NaN where there is none. */
  readonly least: number;
  readonly greatest: number;
}

/** The curves of one stage: feed it lines in order. */
export interface StageCurves {
  readonly stage: string;
  /** The step of the last line. */
  readonly step: number;
  readonly curves: ReadonlyMap<string, Curve>;
}

/** The curves after one more step. A metric that first appears later starts there. */
export function addStep(before: StageCurves, step: number, metrics: Metrics): StageCurves {
  const curves = new Map(before.curves);
  for (const [name, value] of Object.entries(metrics)) {
    const curve = curves.get(name);
    curves.set(name, {
      first: curve?.first ?? value,
      last: value,
      least: extreme(Math.min, curve?.least, value),
      greatest: extreme(Math.max, curve?.greatest, value),
    });
  }
  return { ...before, step, curves };
}

/** A row per metric: where it began, where it stands, and between which values it moved. */
export function curveTable({ curves }: StageCurves): string[] {
  const rows = [...curves]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, { first, last, least, greatest }]) => [name, ...[last, first, least, greatest].map(formatNumber)]);
  return formatTable(['metric', 'last', 'first', 'least', 'greatest'], rows, [1, 2, 3, 4]);
}

function extreme(choose: (a: number, b: number) => number, present: number | undefined, value: number): number {
  if (!Number.isFinite(value)) return present ?? Number.NaN;
  return present === undefined || Number.isNaN(present) ? value : choose(present, value);
}
