import { checkRewards } from '../advantages/check-rewards.ts';
import { moments } from '../advantages/moments.ts';
import { ShapeError } from '../shape-error.ts';
import { checkFinite, checkWithin } from './check-within.ts';

/** A demand on the mean of a measure, with the price that the reward pays for it now. */
export interface RewardConstraint {
  /** Whether the mean shall be at least or at most the threshold. */
  readonly bound: 'at-least' | 'at-most';
  readonly threshold: number;
  /** The multiplier now, from 0. */
  readonly multiplier: number;
  /** How much the multiplier moves per step and unit of violation. Above 0. */
  readonly learningRate: number;
  /** The multiplier's limit. Default: none. */
  readonly maxMultiplier?: number;
}

/** The state of a constrained run, by name of the measure: plain data, saved with a checkpoint as it is. */
export type ConstraintController = Readonly<Record<string, RewardConstraint>>;

/** One value per sample, by name of the measure; `null` where it could not be taken. */
export type ConstraintMeasures = Readonly<Record<string, readonly (number | null)[]>>;

/** Inputs of `constrainedRewards`. */
export interface ConstrainedRewardsInputs {
  /** The objective: one per sample; `null` where no verdict was possible. */
  readonly rewards: readonly (number | null)[];
  /** What is constrained, by the names of the controller, one value per sample; `null` where there is none. */
  readonly measures: ConstraintMeasures;
}

/** Options of `constrainedRewards`. */
export interface ConstrainedRewardsOptions {
  /** Divide by 1 + Σ multipliers, so that growing multipliers do not grow the rewards. Default `true` (Safe RLHF). */
  readonly rescale?: boolean;
}

/**
 * A checked controller to begin with.
 *
 * @throws RangeError naming the constraint and what is wrong with it
 */
export function createConstraintController(constraints: ConstraintController): ConstraintController {
  for (const [name, constraint] of Object.entries(constraints)) {
    const caller = `createConstraintController: ${name}`;
    const { bound, threshold, multiplier, learningRate, maxMultiplier = Number.POSITIVE_INFINITY } = constraint;
    if (!['at-least', 'at-most'].includes(bound)) {
      throw new RangeError(`${caller}: bound must be at-least or at-most, given ${String(bound)}`);
    }
    checkFinite(caller, { threshold });
    checkWithin(caller, { learningRate }, [Number.MIN_VALUE, Number.MAX_VALUE]);
    checkWithin(caller, { maxMultiplier }, [0, Number.POSITIVE_INFINITY]);
    checkWithin(caller, { multiplier }, [0, Math.min(maxMultiplier, Number.MAX_VALUE)]);
  }
  return constraints;
}

/**
 * The Lagrangian of a constrained objective as one reward per sample:
 * `(r_i + Σ_c multiplier_c · slack_ci) / (1 + Σ_c multiplier_c)`, where the slack of a sample is `measure − threshold`
 * for `at-least` and `threshold − measure` for `at-most`.
 *
 * `null` rewards stay `null`; a measure that is `null` counts as on its threshold.
 *
 * arXiv:2310.12773 (Safe RLHF), arXiv:2310.04373 (constrained RLHF).
 *
 * @throws ShapeError when lengths differ
 * @throws RangeError when a measure of the controller is missing or has no constraint, or a number is not finite
 * @example
 * ```ts
 * const tokens = { bound: 'at-most', threshold: 100, multiplier: 0.01, learningRate: 1e-4 } as const;
 * constrainedRewards({ rewards: [1, 1], measures: { tokens: [50, 200] } }, { tokens }, { rescale: false }); // => [1.5, 0]
 * ```
 */
export function constrainedRewards(
  { rewards, measures }: ConstrainedRewardsInputs,
  controller: ConstraintController,
  options: ConstrainedRewardsOptions = {},
): (number | null)[] {
  const caller = 'constrainedRewards';
  const { rescale = true } = options;
  checkRewards(caller, rewards);
  checkMeasures(caller, measures, controller);
  createConstraintController(controller);
  for (const [name, values] of Object.entries(measures)) {
    if (values.length !== rewards.length) {
      throw new ShapeError(caller, 'a measure per reward', { rewards: [rewards.length], [name]: [values.length] });
    }
  }
  const constraints = Object.entries(controller);
  const total = rescale ? constraints.reduce((sum, [, { multiplier }]) => sum + multiplier, 1) : 1;
  const priced = rewards.map((reward, sample) => {
    if (reward === null) return null;
    const prices = constraints.map(([name, constraint]) => {
      const value = measures[name]?.[sample] ?? null;
      return value === null ? 0 : constraint.multiplier * slack(constraint, value);
    });
    return prices.reduce((sum, price) => sum + price, reward) / total;
  });
  checkRewards(caller, priced);
  return priced;
}

/**
 * The controller after one step: `multiplier ← clip(multiplier − learningRate · slack, 0, maxMultiplier)`, with the
 * slack of the mean. A constraint that is not met gets dearer, one that is met cheaper. Without any measured sample a
 * multiplier stays.
 *
 * @throws RangeError when a measure of the controller is missing or has no constraint, or a value is not finite
 * @example
 * ```ts
 * const tokens = { bound: 'at-most', threshold: 100, multiplier: 0.5, learningRate: 0.01 } as const;
 * updateConstraintController({ tokens }, { tokens: [100, 150] })['tokens']?.multiplier; // => 0.75
 * ```
 */
export function updateConstraintController(
  controller: ConstraintController,
  measures: ConstraintMeasures,
): ConstraintController {
  checkMeasures('updateConstraintController', measures, controller);
  createConstraintController(controller);
  const updated = Object.entries(controller).map(([name, constraint]) => {
    const verified = (measures[name] ?? []).filter((value) => value !== null);
    if (verified.length === 0) return [name, constraint] as const;
    const { multiplier, learningRate, maxMultiplier = Number.MAX_VALUE } = constraint;
    const moved = multiplier - learningRate * slack(constraint, moments(verified, 0)[0]);
    return [name, { ...constraint, multiplier: Math.min(Math.max(moved, 0), maxMultiplier) }] as const;
  });
  return Object.fromEntries(updated);
}

function slack({ bound, threshold }: RewardConstraint, value: number): number {
  return bound === 'at-least' ? value - threshold : threshold - value;
}

function checkMeasures(caller: string, measures: ConstraintMeasures, controller: ConstraintController): void {
  for (const name of Object.keys(controller)) {
    if (!Object.hasOwn(measures, name)) throw new RangeError(`${caller}: the constraint ${name} has no measure`);
  }
  for (const [name, values] of Object.entries(measures)) {
    if (!Object.hasOwn(controller, name)) throw new RangeError(`${caller}: the measure ${name} has no constraint`);
    checkRewards(`${caller}: ${name}`, values);
  }
}
