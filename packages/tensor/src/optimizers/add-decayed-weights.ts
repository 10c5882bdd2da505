import { tf } from '../tf.ts';
import { mapTree } from '../trees/map-tree.ts';
import { tensorOf } from '../trees/tensor-of.ts';
import type { GradientTransform } from './gradient-transform.ts';
import { stateless } from './stateless.ts';

/**
 * Adds `weightDecay × parameter` to the updates. After `scaleByAdam` it is the decoupled decay of AdamW
 * (arXiv:1711.05101), before it the L2 penalty of Adam.
 *
 * @param weightDecay 0 adds nothing
 * @param options.mask whether the parameter of that name decays. Default: all do
 */
export function addDecayedWeights(
  weightDecay: number,
  options: { readonly mask?: (name: string) => boolean } = {},
): GradientTransform {
  const decays = (name: string): boolean => weightDecay !== 0 && (options.mask?.(name) ?? true);
  return stateless((updates, { parameters }) => {
    const factor = tf.scalar(weightDecay);
    const decayed = mapTree(updates, (update, name) => {
      if (!decays(name)) return update;
      const sum = tf.tidy(() => tf.add(update, tf.mul(tensorOf(parameters, name), factor)));
      update.dispose();
      return sum;
    });
    factor.dispose();
    return decayed;
  });
}
