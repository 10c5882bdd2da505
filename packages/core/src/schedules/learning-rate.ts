import { cosine, cosineWithRestarts } from './cosine.ts';
import { inverseSquareRoot } from './inverse-square-root.ts';
import { polynomial } from './polynomial.ts';
import { type Decay, warmupStableDecay } from './warmup-stable-decay.ts';

/** What every schedule has. */
export interface ScheduleBase {
  /** The peak rate; every schedule is a factor times this. */
  readonly learningRate: number;
  /** Steps of linear rise to the peak. Default 0. */
  readonly warmupSteps?: number;
  /** Factor at step 0 of the warm-up. Default 0. */
  readonly warmupStartRatio?: number;
}

/** A learning-rate schedule: plain data, told apart by `kind`. Steps count from 0. */
export type LearningRateSchedule =
  | ConstantSchedule
  | LinearSchedule
  | CosineSchedule
  | CosineWithRestartsSchedule
  | PolynomialSchedule
  | InverseSquareRootSchedule
  | WarmupStableDecaySchedule;

/** The peak rate after the warm-up. */
export interface ConstantSchedule extends ScheduleBase {
  readonly kind: 'constant';
}

/** Straight down to 0 at `totalSteps`, 0 after it. */
export interface LinearSchedule extends ScheduleBase {
  readonly kind: 'linear';
  readonly totalSteps: number;
}

/** `minRatio + (1 − minRatio)·(1 + cos(2π·cycles·progress))/2`; past `totalSteps` the wave goes on (transformers). */
export interface CosineSchedule extends ScheduleBase {
  readonly kind: 'cosine';
  readonly totalSteps: number;
  /** Factor at the trough. Default 0. */
  readonly minRatio?: number;
  /** Waves; 0.5 falls once. Default 0.5. */
  readonly cycles?: number;
}

/** `cycles` falls from the peak to 0, each starting at the peak again; 0 from `totalSteps`. */
export interface CosineWithRestartsSchedule extends ScheduleBase {
  readonly kind: 'cosine-with-restarts';
  readonly totalSteps: number;
  /** Default 1. */
  readonly cycles?: number;
}

/** Down to `endLearningRate` at `totalSteps` along `(1 − progress)^power`. */
export interface PolynomialSchedule extends ScheduleBase {
  readonly kind: 'polynomial';
  readonly totalSteps: number;
  /** A rate, not a factor. Default 1e-7. */
  readonly endLearningRate?: number;
  /** Default 1. */
  readonly power?: number;
}

/** `1/√((step − warmupSteps + timescale)/timescale)` after the warm-up. */
export interface InverseSquareRootSchedule extends ScheduleBase {
  readonly kind: 'inverse-square-root';
  /** Steps until the rate has fallen by √2. Default `warmupSteps`, or 10 000 without one. */
  readonly timescale?: number;
}

/** The peak until `decaySteps` before `totalSteps`, then a fall to `minRatio`, which holds. arXiv:2404.06395. */
export interface WarmupStableDecaySchedule extends ScheduleBase {
  readonly kind: 'warmup-stable-decay';
  readonly totalSteps: number;
  readonly decaySteps: number;
  /** Form of the fall. Default `cosine`. */
  readonly decay?: Decay;
  /** Factor at the end. Default 0. */
  readonly minRatio?: number;
}

/**
 * The learning rate that optimizer step `step` uses.
 *
 * @param step counts from 0
 * @throws RangeError for a step that is not a whole number of at least 0, or an unknown kind
 * @example
 * ```ts
 * learningRateAt(5, { kind: 'linear', learningRate: 0.001, warmupSteps: 0, totalSteps: 10 }); // => 0.0005
 * ```
 */
export function learningRateAt(step: number, schedule: LearningRateSchedule): number {
  if (!Number.isInteger(step) || step < 0)
    throw new RangeError(`learningRateAt: step must be 0, 1, 2, ..., given ${step}`);
  const { warmupSteps = 0, warmupStartRatio = 0, learningRate } = schedule;
  if (step < warmupSteps) {
    return learningRate * (warmupStartRatio + (1 - warmupStartRatio) * (step / warmupSteps));
  }
  return learningRate * factorAt(step - warmupSteps, schedule, warmupSteps);
}

// What follows the warm-up, as a factor of the peak. `step` counts from its end.
function factorAt(step: number, schedule: LearningRateSchedule, warmupSteps: number): number {
  switch (schedule.kind) {
    case 'constant':
      return 1;
    case 'linear':
      return polynomial(progress(step, schedule.totalSteps - warmupSteps), { power: 1, endRatio: 0 });
    case 'cosine': {
      const { minRatio = 0, cycles = 0.5 } = schedule;
      return cosine(progress(step, schedule.totalSteps - warmupSteps), { minRatio, cycles });
    }
    case 'cosine-with-restarts':
      return cosineWithRestarts(progress(step, schedule.totalSteps - warmupSteps), schedule.cycles ?? 1);
    case 'polynomial': {
      const { endLearningRate = 1e-7, power = 1, learningRate } = schedule;
      const endRatio = endLearningRate / learningRate;
      return polynomial(progress(step, schedule.totalSteps - warmupSteps), { power, endRatio });
    }
    case 'inverse-square-root':
      return inverseSquareRoot(step, schedule.timescale ?? (warmupSteps || 10_000));
    case 'warmup-stable-decay': {
      const { totalSteps, decaySteps, minRatio = 0, decay = 'cosine' } = schedule;
      return warmupStableDecay(step - (totalSteps - warmupSteps - decaySteps), { decaySteps, minRatio, decay });
    }
    default:
      throw new RangeError(`learningRateAt: unknown kind ${String((schedule as { kind: unknown }).kind)}`);
  }
}

function progress(step: number, steps: number): number {
  return step / Math.max(1, steps);
}
