import { RlloomError } from '@rlloom/spec';
import { tf } from '../tf.ts';
import { disposeTree } from '../trees/dispose-tree.ts';
import { globalNorm } from '../trees/global-norm.ts';
import { scaleTree } from '../trees/scale-tree.ts';
import type { GradientTransform } from './gradient-transform.ts';
import { stateless } from './stateless.ts';

/**
 * Scales the updates down so that their global norm is at most `maxNorm`: `u · min(1, maxNorm / (‖u‖ + 10⁻⁶))`,
 * the coefficient of `torch.nn.utils.clip_grad_norm_` (arXiv:1211.5063). The norm is not read back.
 *
 * @throws RlloomError kind `config` when `maxNorm` is not above 0
 */
export function clipByGlobalNorm(maxNorm: number): GradientTransform {
  if (!(maxNorm > 0)) {
    throw new RlloomError('config', { what: `the largest gradient norm must be above 0, got ${maxNorm}` });
  }
  return stateless((updates) => {
    const clipped = tf.tidy(() => {
      const coefficient = tf.minimum(1, tf.div(maxNorm, tf.add(globalNorm(updates), 1e-6)));
      return scaleTree(updates, coefficient as tf.Scalar);
    });
    disposeTree(updates);
    return clipped;
  });
}
