import { disposeTree } from '../trees/dispose-tree.ts';
import { scaleTree } from '../trees/scale-tree.ts';
import { emptyState, type GradientTransform } from './gradient-transform.ts';

/** Multiplies the updates by minus the learning rate given at each update: the last transform of a descent. */
export function scaleByLearningRate(): GradientTransform {
  return {
    init: () => emptyState,
    update(updates, state, { learningRate }) {
      const scaled = scaleTree(updates, -learningRate);
      disposeTree(updates);
      return { updates: scaled, state };
    },
  };
}
