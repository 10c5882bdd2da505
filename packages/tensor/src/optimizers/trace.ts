import { tf } from '../tf.ts';
import { mapTree } from '../trees/map-tree.ts';
import type { GradientTransform } from './gradient-transform.ts';
import { stateTensor } from './transform-state.ts';

/**
 * Momentum: `trace ← u + decay · trace`; the update is the trace, or `u + decay · trace` with Nesterov's look-ahead.
 *
 * @param options.decay share of the trace kept at each step, for example 0.9
 * @param options.nesterov default false
 */
export function trace(options: { readonly decay: number; readonly nesterov?: boolean }): GradientTransform {
  const { decay, nesterov = false } = options;
  return {
    init: (parameters) => ({
      tensors: Object.fromEntries(
        Object.entries(parameters).map(([name, tensor]) => [`trace/${name}`, tf.zerosLike(tensor)]),
      ),
      scalars: {},
    }),
    coefficients: () => ({ coefficients: {}, scalars: {} }),
    update(updates, state) {
      const factor = tf.scalar(decay);
      const tensors: Record<string, tf.Tensor> = {};
      const next = mapTree(updates, (update, name) => {
        const previous = stateTensor(state, `trace/${name}`);
        const [sum, ahead] = tf.tidy((): [tf.Tensor, tf.Tensor] => {
          const current = tf.add(update, tf.mul(previous, factor));
          return [current, nesterov ? tf.add(update, tf.mul(current, factor)) : current.clone()];
        });
        tf.dispose([previous, update]);
        tensors[`trace/${name}`] = sum;
        return ahead;
      });
      factor.dispose();
      return { updates: next, tensors };
    },
  };
}
