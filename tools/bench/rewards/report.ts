import { median } from '../median.ts';
import type { PoolFigures } from './pool-process.ts';
import { type Spread, spreadOf } from './spread.ts';
import type { VerifyTurn } from './verify-process.ts';

/** One side over all its turns. */
export interface SideFigures {
  readonly version: string;
  /** Of the cases, how many got the verdict of their label. */
  readonly right: number;
  /** Of all turns together. */
  readonly ms: Spread;
  /** Verifications per second on one core, by turn. */
  readonly perSecond: readonly number[];
}

/** Everything that `npm run bench -- rewards` measures. */
export interface RewardsReport {
  readonly machine: string;
  readonly at: string;
  readonly commit: string | null;
  /** Load average at the start. */
  readonly load: number;
  readonly cases: number;
  readonly ours: SideFigures;
  /** `null` = no Python with math-verify was given. */
  readonly peer: SideFigures | null;
  readonly pool: PoolFigures;
}

/** Whether other work was under way at the start: times then say little. */
export function isContaminated({ load }: Pick<RewardsReport, 'load'>): boolean {
  return load > 1;
}

/** A goal and what was reached. */
export interface Goal {
  readonly what: string;
  readonly goal: string;
  readonly measured: string;
  /** `undefined` = it could not be measured. */
  readonly isReached: boolean | undefined;
}

/** One side's turns put together. */
export function sideFigures(turns: readonly VerifyTurn[]): SideFigures {
  return {
    version: turns[0]?.version ?? '',
    right: turns[0]?.right ?? 0,
    ms: spreadOf(turns.flatMap(({ ms }) => ms)),
    perSecond: turns.map(({ ms }) => (ms.length / ms.reduce((sum, time) => sum + time, 0)) * 1000),
  };
}

/** The goals of the rewards, each with what was measured. */
export function goalsOf({ ours, peer, pool }: RewardsReport): Goal[] {
  const ratio = peer === null ? undefined : median(ours.perSecond) / median(peer.perSecond);
  const start = median(pool.startMs);
  const overrun = Math.max(...pool.overrunMs);
  const { tensorGlobals, tensorGlobalsWhenLoaded } = pool;
  return [
    {
      what: 'verifications per second and core, over those of math-verify',
      goal: 'at least 20',
      measured: ratio?.toFixed(0) ?? 'no peer',
      isReached: ratio === undefined ? undefined : ratio >= 20,
    },
    {
      what: '99 of 100 verifications, ms',
      goal: 'under 5',
      measured: ours.ms.p99.toFixed(2),
      isReached: ours.ms.p99 < 5,
    },
    {
      what: 'samples per second, two threads over one',
      goal: 'at least 1.8',
      measured: pool.speedUp.toFixed(2),
      isReached: pool.speedUp >= 1.8,
    },
    {
      what: 'start of a pool of two threads, ms',
      goal: 'under 300',
      measured: start.toFixed(0),
      isReached: start < 300,
    },
    {
      what: 'hung sample after its deadline, ms (most)',
      goal: 'within 50',
      measured: overrun.toFixed(0),
      isReached: overrun <= 50,
    },
    {
      what: `lost of ${pool.neighbours} neighbours of hung samples`,
      goal: '0',
      measured: String(pool.lostNeighbours),
      isReached: pool.lostNeighbours === 0,
    },
    {
      what: 'traces of tfjs in a thread that scores',
      goal: '0',
      measured: String(tensorGlobals.length),
      // Without a trace where tfjs is loaded the absence of traces says nothing.
      isReached: tensorGlobalsWhenLoaded.length === 0 ? undefined : tensorGlobals.length === 0,
    },
  ];
}
