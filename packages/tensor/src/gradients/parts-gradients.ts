import { tf } from '../tf.ts';

/** The gradients of `SplitV` and `Unpack`; those of tfjs fail when there is one part only. */
export const partsGradients: readonly tf.GradConfig[] = [
  {
    kernelName: 'SplitV',
    gradFunc: (dy, _, attrs) => ({ x: () => tf.concat([dy].flat(), attrs['axis'] as number) }),
  },
  {
    kernelName: 'Unpack',
    gradFunc: (dy, _, attrs) => ({ value: () => tf.stack([dy].flat(), attrs['axis'] as number) }),
  },
];
