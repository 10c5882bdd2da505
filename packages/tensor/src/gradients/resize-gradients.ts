import { tf } from '../tf.ts';

/**
 * The gradients of resized pictures where tfjs's cpu backend has them wrong: bilinear ones come with height and width
 * exchanged in their shape, those of the nearest neighbour read the wrong picture of a batch.
 */
export function resizeGradients(stock: (kernelName: string) => tf.GradConfig): readonly tf.GradConfig[] {
  const [bilinear, nearest] = [stock('ResizeBilinear'), stock('ResizeNearestNeighbor')];
  return [
    {
      ...bilinear,
      gradFunc: (dy, saved, attrs) => {
        const [images] = saved as [tf.Tensor];
        return { images: () => tf.reshape(gradientOf(bilinear, dy as tf.Tensor, images, attrs), images.shape) };
      },
    },
    {
      ...nearest,
      gradFunc: (dy, saved, attrs) => {
        const [images] = saved as [tf.Tensor];
        const upstream = dy as tf.Tensor;
        if (tf.getBackend() !== 'cpu') return nearest.gradFunc(upstream, saved, attrs);
        const ofPicture = (part: tf.Tensor, picture: tf.Tensor): tf.Tensor => gradientOf(nearest, part, picture, attrs);
        const pictures = tf.split(images, images.shape[0]);
        const parts = tf.split(upstream, pictures.length);
        return { images: () => tf.concat(parts.map((part, i) => ofPicture(part, pictures[i] as tf.Tensor))) };
      },
    },
  ];
}

function gradientOf(
  ...[stock, dy, images, attrs]: [tf.GradConfig, tf.Tensor, tf.Tensor, Parameters<tf.GradFunc>[2]]
): tf.Tensor {
  const { images: compute } = stock.gradFunc(dy, [images], attrs) as { images: () => tf.Tensor };
  return compute();
}
