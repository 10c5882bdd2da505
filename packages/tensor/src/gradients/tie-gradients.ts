import { tf } from '../tf.ts';
import { keepWhere } from './keep-where.ts';

/** Gradients where a function has a kink or several inputs share a maximum: as in PyTorch, where tfjs has others. */
export const tieGradients: readonly tf.GradConfig[] = [
  // 0 at 0, where that of tfjs is -1.
  ofElement('Abs', (dy, x) => tf.mul(dy, tf.sign(x))),
  // None at 6 either, as torch.nn.functional.relu6.
  ofElement('Relu6', (dy, x) => keepWhere(tf.logicalAnd(tf.greater(x, 0), tf.less(x, 6)), dy)),
  ofExtreme('Max', 'reductionIndices'),
  ofExtreme('Min', 'axis'),
];

function ofElement(kernelName: string, gradient: (dy: tf.Tensor, x: tf.Tensor) => tf.Tensor): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ['x'],
    gradFunc: (dy, saved) => ({ x: () => gradient(dy as tf.Tensor, saved[0] as tf.Tensor) }),
  };
}

/** Shared evenly by all that are equal to the extreme, as by torch.amax; in tfjs each of them gets all of it. */
function ofExtreme(kernelName: string, axesName: string): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ['x'],
    outputsToSave: [true],
    gradFunc: (dy, saved, attrs) => {
      const [x, extreme] = saved as [tf.Tensor, tf.Tensor];
      const axes = tf.util.parseAxisParam(attrs[axesName] as number | number[], x.shape);
      const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
      return {
        x: () => {
          const isExtreme = tf.cast(tf.equal(x, tf.reshape(extreme, kept)), 'float32');
          const count = tf.sum(isExtreme, axes, true);
          return tf.mul(isExtreme, tf.div(tf.reshape(dy as tf.Tensor, kept), count));
        },
      };
    },
  };
}
