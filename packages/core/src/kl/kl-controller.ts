/** A KL coefficient that stays as it is. */
export interface FixedKlController {
  readonly type: 'fixed';
  readonly coefficient: number;
}

/** A KL coefficient that follows the measured KL towards a target. */
export interface AdaptiveKlController {
  readonly type: 'adaptive';
  /** The coefficient now. */
  readonly coefficient: number;
  /** KL per sequence to hold, in nats. */
  readonly target: number;
  /** Samples over which a full-size error changes the coefficient by its own size. */
  readonly horizon: number;
}

/** A KL coefficient that doubles or halves until the measured KL is near a target. */
export interface TargetKlController {
  readonly type: 'target';
  /** The coefficient now. */
  readonly coefficient: number;
  /** KL per sequence to hold, in nats. */
  readonly target: number;
  /** How many times the target, or its part, the KL may be before the coefficient changes. Above 1; default 1.5. */
  readonly tolerance?: number;
  /** What the coefficient is multiplied or divided by. Above 1; default 2. */
  readonly factor?: number;
}

/** The state of a KL controller: plain data, saved with a checkpoint as it is. */
export type KlController = FixedKlController | AdaptiveKlController | TargetKlController;

/** What a controller is told after a step. */
export interface KlMeasurement {
  /** Mean over sequences of the KL from the reference, in nats. */
  readonly kl: number;
  /** Sequences in the step. */
  readonly sampleCount: number;
}

/**
 * A checked controller to begin with. verl and OpenRLHF have `fixed` and `adaptive`, ROLL is `adaptive` where its
 * `target` is set.
 *
 * @throws RangeError for an unknown type, a non-finite coefficient, a target or horizon that is not positive, or a
 * tolerance or factor that is not above 1
 */
export function createKlController(controller: KlController): KlController {
  if (!['fixed', 'adaptive', 'target'].includes(controller.type)) {
    throw new RangeError(`createKlController: type must be fixed, adaptive or target, given ${controller.type}`);
  }
  if (!Number.isFinite(controller.coefficient)) {
    throw new RangeError(`createKlController: coefficient must be finite, given ${controller.coefficient}`);
  }
  if (controller.type === 'fixed') return controller;
  checkAbove('target', controller.target, 0);
  if (controller.type === 'adaptive') {
    checkAbove('horizon', controller.horizon, 0);
  } else {
    checkAbove('tolerance', controller.tolerance ?? 1.5, 1);
    checkAbove('factor', controller.factor ?? 2, 1);
  }
  return controller;
}

/**
 * The controller after one step.
 *
 * - adaptive: `β ← β · (1 + clip(kl/target − 1, ±0.2) · sampleCount / horizon)`. arXiv:1909.08593, section 2.2.
 * - target: `β ← β · factor` where `kl > tolerance · target`, `β / factor` where `kl < target / tolerance`.
 *   arXiv:1707.06347, section 4.
 * - fixed: unchanged.
 *
 * @throws RangeError for a KL that is NaN, or a sample count that is not a number from 0
 * @example
 * ```ts
 * const controller = createKlController({ type: 'adaptive', coefficient: 0.2, target: 0.1, horizon: 100 });
 * updateKlController(controller, { kl: 0.2, sampleCount: 10 }).coefficient; // => 0.20400000000000001
 * ```
 */
export function updateKlController(controller: KlController, measured: KlMeasurement): KlController {
  if (controller.type === 'fixed') return controller;
  const { kl, sampleCount } = measured;
  if (Number.isNaN(kl)) throw new RangeError('updateKlController: the KL is NaN; a step without tokens has none');
  if (!(sampleCount >= 0)) {
    throw new RangeError(`updateKlController: sampleCount must be a number from 0, given ${sampleCount}`);
  }
  return { ...controller, coefficient: controller.coefficient * coefficientChange(controller, kl, sampleCount) };
}

function coefficientChange(
  controller: AdaptiveKlController | TargetKlController,
  kl: number,
  sampleCount: number,
): number {
  if (controller.type === 'adaptive') {
    const error = Math.min(Math.max(kl / controller.target - 1, -0.2), 0.2);
    return 1 + (error * sampleCount) / controller.horizon;
  }
  const { target, tolerance = 1.5, factor = 2 } = controller;
  if (kl > tolerance * target) return factor;
  return kl < target / tolerance ? 1 / factor : 1;
}

function checkAbove(name: string, value: number, bound: number): void {
  if (!(value > bound)) throw new RangeError(`createKlController: ${name} must be above ${bound}, given ${value}`);
}
