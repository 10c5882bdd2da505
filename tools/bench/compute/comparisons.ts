import { median } from '../median.ts';
import type { ChildReport, JobName, JobResult } from './jobs.ts';
import { type Repetition, type Summary, summarize } from './repetitions.ts';
import type { Report, UnitReport } from './report.ts';
import { type Shape, type SizeName, sizes } from './shapes.ts';

/** A goal of a ratio: what is to be reached, and what would be a great success. */
export interface Goal {
  readonly reach: number;
  readonly moonshot: number;
}

/** A comparison with the peer: what is timed on each side, and the goals. */
export interface Comparison {
  readonly work: string;
  readonly against: string;
  readonly ours: JobName;
  readonly theirs: JobName;
  readonly measure: 'time' | 'memory';
  readonly goals: Readonly<Record<SizeName, Goal>>;
}

const goal = (reach: number, moonshot: number): Goal => ({ reach, moonshot });
const sameForAll = (reach: number, moonshot: number) => {
  const one = goal(reach, moonshot);
  return { S: one, M: one, L: one };
};

/** What is compared; ratios are larger where we are better. */
const comparisons: readonly Comparison[] = [
  {
    work: 'generation, sampled',
    against: 'transformers generate',
    ours: 'generate',
    theirs: 'generate',
    measure: 'time',
    goals: { S: goal(2, 3), M: goal(1.7, 2.5), L: goal(1.7, 2.5) },
  },
  {
    work: 'generation, sampled',
    against: 'hand-written torch loop',
    ours: 'generate',
    theirs: 'handloop',
    measure: 'time',
    goals: { S: goal(1, 1.3), M: goal(1.1, 1.5), L: goal(1.3, 2) },
  },
  {
    work: 'GRPO update',
    against: 'torch + AdamW',
    ours: 'update',
    theirs: 'update',
    measure: 'time',
    goals: { S: goal(1.2, 1.5), M: goal(1.2, 1.5), L: goal(1.1, 1.4) },
  },
  {
    work: 'GRPO step end to end',
    against: 'TRL GRPOTrainer',
    ours: 'trl',
    theirs: 'trl',
    measure: 'time',
    goals: { S: goal(2, 3), M: goal(1.7, 2.5), L: goal(1.5, 2) },
  },
  {
    work: 'peak memory of the update',
    against: 'torch',
    ours: 'update',
    theirs: 'update',
    measure: 'memory',
    goals: sameForAll(1, 1.3),
  },
];

/** A comparison at one size. */
export interface ComparedSize {
  readonly comparison: Comparison;
  readonly size: SizeName;
  readonly goal: Goal;
  readonly ours: Side | undefined;
  readonly theirs: Side | undefined;
  /** Theirs over ours: seconds of the same work, or bytes. */
  readonly ratio: number | undefined;
  /** The same of each round by itself, least first. */
  readonly ratioByRound: readonly number[];
  readonly isContaminated: boolean;
  /** Why a side has no figures. */
  readonly failed: readonly string[];
}

/** What one side has of a job, over all rounds. */
export interface Side extends Summary {
  readonly shape: Shape;
  /** Of the first call: mostly compilation. Median over rounds. */
  readonly firstSeconds: number | undefined;
  /** The most over the rounds. */
  readonly peakBytes: number | undefined;
}

/** All comparisons for which the report has something, in the order of the goals. */
export function compareSides(report: Report): ComparedSize[] {
  return comparisons.flatMap((comparison) =>
    (Object.keys(sizes) as SizeName[]).flatMap((size) => {
      const unit = report.units[`${comparison.ours} ${size}`];
      return unit === undefined ? [] : [compareSize(comparison, size, unit)];
    }),
  );
}

function compareSize(comparison: Comparison, size: SizeName, { rounds }: UnitReport): ComparedSize {
  const ours = sideOf(rounds.map((round) => resultsOf(round.ours, comparison.ours)));
  const theirs = sideOf(rounds.map((round) => resultsOf(round.theirs, comparison.theirs)));
  const byRound = rounds.map((round) =>
    ratioOf(
      comparison,
      sideOf([resultsOf(round.ours, comparison.ours)]),
      sideOf([resultsOf(round.theirs, comparison.theirs)]),
    ),
  );
  return {
    comparison,
    size,
    goal: comparison.goals[size],
    ours,
    theirs,
    ratio: ratioOf(comparison, ours, theirs),
    ratioByRound: byRound.filter((ratio) => ratio !== undefined).toSorted((a, b) => a - b),
    // What others compute changes the time it takes, not the memory.
    isContaminated: comparison.measure === 'time' && [ours, theirs].some((side) => side?.isContaminated === true),
    failed: failuresOf(rounds),
  };
}

function ratioOf({ measure }: Comparison, ours: Side | undefined, theirs: Side | undefined): number | undefined {
  const [mine, other] = measure === 'time' ? [ours?.seconds, theirs?.seconds] : [ours?.peakBytes, theirs?.peakBytes];
  return mine === undefined || other === undefined || mine <= 0 ? undefined : other / mine;
}

/** The results of a job in a report of a process. */
export function resultsOf(report: ChildReport | null, job: JobName): JobResult[] {
  return report?.results.filter((result) => result.job === job) ?? [];
}

/** One side's results of a job, put together; `undefined` without a repetition. */
export function sideOf(rounds: readonly (readonly JobResult[])[]): Side | undefined {
  const results = rounds.flat();
  const [first] = results;
  const repetitions: Repetition[] = results.flatMap((result) => result.repetitions);
  if (first === undefined || repetitions.length === 0) return undefined;
  const firsts = results.flatMap(({ firstSeconds }) => firstSeconds ?? []);
  const peaks = results.flatMap(({ peakBytes }) => peakBytes ?? []);
  return {
    ...summarize(repetitions),
    shape: first.shape,
    firstSeconds: firsts.length === 0 ? undefined : median(firsts),
    peakBytes: peaks.length === 0 ? undefined : Math.max(...peaks),
  };
}

/** What went wrong in the rounds of a unit, each message once. */
export function failuresOf(rounds: UnitReport['rounds']): string[] {
  const all = rounds.flatMap(({ ours, theirs }) => [
    ...(ours.failed === undefined ? [] : [`ours: ${ours.failed}`]),
    ...(theirs?.failed === undefined ? [] : [`theirs: ${theirs.failed}`]),
  ]);
  return [...new Set(all)];
}
