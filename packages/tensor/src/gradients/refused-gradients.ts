import { tf } from '../tf.ts';

/** Gradients that a backend of tfjs computes wrongly: there they are errors. */
export function refusedGradients(stock: (kernelName: string) => tf.GradConfig): readonly tf.GradConfig[] {
  return [
    refusing(stock('Conv3D'), () => (tf.getBackend() === 'wasm' ? 'conv3d' : undefined)),
    refusing(stock('MaxPool3D'), ({ filterSize }) => {
      const [, height, width] = Array.isArray(filterSize) ? (filterSize as number[]) : [];
      return tf.getBackend() === 'cpu' && height !== width
        ? 'maxPool3d with windows of another height than width'
        : undefined;
    }),
  ];
}

type Attributes = Parameters<tf.GradFunc>[2];

function refusing(stock: tf.GradConfig, wrong: (attributes: Attributes) => string | undefined): tf.GradConfig {
  return {
    ...stock,
    gradFunc: (dy, saved, attrs) => {
      const what = wrong(attrs);
      if (what === undefined) return stock.gradFunc(dy, saved, attrs);
      throw new Error(`tfjs computes the gradient of ${what} wrongly on ${tf.getBackend()}; take another backend`);
    },
  };
}
