import { tf } from '../tf.ts';
import { keepWhere } from './keep-where.ts';

/**
 * The gradient of `Select` (`tf.where`): each side gets it where it was chosen and 0 elsewhere, as in PyTorch. That of
 * tfjs multiplies by 0 and 1, so an infinite gradient of one side is NaN in the other.
 */
export const selectGradient: tf.GradConfig = {
  kernelName: 'Select',
  inputsToSave: ['condition'],
  gradFunc: (dy, saved) => {
    const [condition] = saved as [tf.Tensor];
    return {
      condition: () => tf.zeros(condition.shape),
      t: () => keepWhere(condition, dy as tf.Tensor),
      e: () => keepWhere(tf.logicalNot(condition), dy as tf.Tensor),
    };
  },
};
