import type { tf } from '../tf.ts';

/** Whether a gradient flows through a tensor: none does through whole numbers and truths, as in PyTorch. */
export function carriesGradient({ dtype }: tf.Tensor): boolean {
  return dtype === 'float32' || dtype === 'complex64';
}
