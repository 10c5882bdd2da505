import { tf } from '@rlloom/tensor';

/**
 * `values` where `mask` is not 0, and 0 elsewhere, for values and for the gradient alike.
 *
 * Not `values · mask` and not `tf.where`: in both a NaN or infinity outside the mask reaches the result, in the
 * first through `0 · NaN` of the value, in the second through `0 · Infinity` of its gradient.
 *
 * @param values any shape
 * @param mask same shape
 */
export function selectUnmasked<Given extends tf.Tensor>(values: Given, mask: tf.Tensor): Given {
  return tf.tidy(() => {
    const keep = tf.notEqual(mask, 0);
    return tf.customGrad((given, save) => {
      // Saved, not captured: the tidy would free a captured tensor before the backward pass.
      (save as tf.GradSaveFunc)([keep]);
      return {
        value: tf.where(keep, given as tf.Tensor, tf.zerosLike(given as tf.Tensor)),
        gradFunc: (upstream: tf.Tensor, saved: tf.Tensor[]) =>
          tf.where(saved[0] as tf.Tensor, upstream, tf.zerosLike(upstream)),
      };
    })(values) as Given;
  });
}
