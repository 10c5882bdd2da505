import { disposeTree } from '../trees/dispose-tree.ts';
import { scaleTree } from '../trees/scale-tree.ts';
import type { GradientTransform } from './gradient-transform.ts';
import { stateless } from './stateless.ts';
import { coefficientOf } from './transform-state.ts';

/** Multiplies the updates by minus the learning rate of the step: the last transform of a descent. */
export function scaleByLearningRate(): GradientTransform {
  return stateless(
    (updates, { coefficients }) => {
      const scaled = scaleTree(updates, coefficientOf(coefficients, 'factor'));
      disposeTree(updates);
      return scaled;
    },
    ({ learningRate }) => ({ factor: -learningRate }),
  );
}
