import type { ParameterTree } from '../parameter-tree.ts';
import type { GradientTransform, StepCoefficients, UpdateContext } from './gradient-transform.ts';

/**
 * A transform that remembers nothing.
 *
 * @param update as that of a transform
 * @param coefficients of a step. Default: none
 */
export function stateless(
  update: (updates: ParameterTree, context: UpdateContext) => ParameterTree,
  coefficients: (step: { readonly learningRate: number }) => StepCoefficients['coefficients'] = () => ({}),
): GradientTransform {
  return {
    init: () => ({ tensors: {}, scalars: {} }),
    coefficients: (_, step) => ({ coefficients: coefficients(step), scalars: {} }),
    update: (updates, _, context) => ({ updates: update(updates, context), tensors: {} }),
  };
}
