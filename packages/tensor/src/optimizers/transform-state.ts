import { RlloomError } from '@rlloom/spec';
import type { tf } from '../tf.ts';
import type { Coefficient, TransformState, UpdateContext } from './gradient-transform.ts';

/**
 * The tensor `name` of a state.
 *
 * @throws RlloomError kind `checkpoint` when the state has none: it is another optimizer's
 */
export function stateTensor(tensors: TransformState['tensors'], name: string): tf.Tensor {
  return tensors[name] ?? missing(name);
}

/**
 * The number `name` of a state.
 *
 * @throws RlloomError kind `checkpoint` when the state has none: it is another optimizer's
 */
export function stateScalar(scalars: TransformState['scalars'], name: string): number {
  return scalars[name] ?? missing(name);
}

/**
 * The coefficient `name` of a step.
 *
 * @throws RlloomError kind `unexpected` when there is none: they are another optimizer's
 */
export function coefficientOf(coefficients: UpdateContext['coefficients'], name: string): Coefficient {
  const coefficient = coefficients[name];
  if (coefficient !== undefined) return coefficient;
  throw new RlloomError('unexpected', {
    what: `the step has no coefficient "${name}"`,
    fix: 'give update() what coefficients() of the same optimizer returned',
  });
}

function missing(name: string): never {
  throw new RlloomError('checkpoint', {
    what: `the optimizer state has no "${name}"`,
    fix: 'the checkpoint was written with another optimizer or model: resume with the same ones, or start without --resume',
  });
}
