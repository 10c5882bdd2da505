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

/** The state of a KL controller: plain data, saved with a checkpoint as it is. */
export type KlController = FixedKlController | AdaptiveKlController;

/** What a controller is told after a step. */
export interface KlMeasurement {
  /** Mean over sequences of the KL from the reference, in nats. */
  readonly kl: number;
  /** Sequences in the step. */
  readonly sampleCount: number;
}

/**
 * A checked controller to begin with.
 *
 * @throws RangeError for an unknown type, a non-finite coefficient, or a target or horizon that is not positive
 */
export function createKlController(controller: KlController): KlController {
  if (!['fixed', 'adaptive'].includes(controller.type)) {
    throw new RangeError(`createKlController: type must be fixed or adaptive, given ${controller.type}`);
  }
  if (!Number.isFinite(controller.coefficient)) {
    throw new RangeError(`createKlController: coefficient must be finite, given ${controller.coefficient}`);
  }
  if (controller.type === 'adaptive') {
    if (!(controller.horizon > 0)) {
      throw new RangeError(`createKlController: horizon must be above 0, given ${controller.horizon}`);
    }
    if (!(controller.target > 0)) {
      throw new RangeError(`createKlController: target must be above 0, given ${controller.target}`);
    }
  }
  return controller;
}

/**
 * The controller after one step. Adaptive: `β ← β · (1 + clip(kl/target − 1, ±0.2) · sampleCount / horizon)`;
 * fixed: unchanged.
 *
 * arXiv:1909.08593, section 2.2.
 *
 * @example
 * ```ts
 * const controller = createKlController({ type: 'adaptive', coefficient: 0.2, target: 0.1, horizon: 100 });
 * updateKlController(controller, { kl: 0.2, sampleCount: 10 }).coefficient; // => 0.20400000000000001
 * ```
 */
export function updateKlController(controller: KlController, measured: KlMeasurement): KlController {
  if (controller.type === 'fixed') return controller;
  const error = Math.min(Math.max(measured.kl / controller.target - 1, -0.2), 0.2);
  const factor = 1 + (error * measured.sampleCount) / controller.horizon;
  return { ...controller, coefficient: controller.coefficient * factor };
}
