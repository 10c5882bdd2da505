import { tf } from '../tf.ts';
import { gatherGradient, gatherNdGradient } from './gather-gradient.ts';
import { matMulGradient } from './mat-mul-gradient.ts';

/** Puts right the gradient definitions that tfjs lacks or has wrong. Call after anything that may load tfjs packages. */
export function registerGradients(): void {
  if (tf.getGradient('BatchMatMul') === matMulGradient) return;
  replaceGradient(matMulGradient);
  replaceGradient(gatherGradient(tf.getGradient('GatherV2')));
  replaceGradient(gatherNdGradient);
}

function replaceGradient(config: tf.GradConfig): void {
  if (tf.getGradient(config.kernelName) != null) tf.unregisterGradient(config.kernelName);
  tf.registerGradient(config);
}
