import { tf } from '../tf.ts';
import { averagePoolGradients } from './average-pool-gradients.ts';
import { batchNormGradient } from './batch-norm-gradient.ts';
import { broadcastGradients } from './broadcast-gradients.ts';
import { cumsumGradient } from './cumsum-gradient.ts';
import { flatGradients } from './flat-gradients.ts';
import { gatherGradient, gatherNdGradient } from './gather-gradient.ts';
import { matMulGradient } from './mat-mul-gradient.ts';
import { mirrorPadGradient } from './mirror-pad-gradient.ts';
import { partsGradients } from './parts-gradients.ts';
import { powGradient } from './pow-gradient.ts';
import { prodGradient } from './prod-gradient.ts';
import { refusedGradients } from './refused-gradients.ts';
import { resizeGradients } from './resize-gradients.ts';
import { selectGradient } from './select-gradient.ts';
import { tieGradients } from './tie-gradients.ts';
import { tileGradient } from './tile-gradient.ts';

/** Puts right the gradient definitions that tfjs lacks or has wrong. Call after anything that may load tfjs packages. */
export function registerGradients(): void {
  if (tf.getGradient('BatchMatMul') === matMulGradient) return;
  const definitions = [
    matMulGradient,
    gatherGradient(tf.getGradient('GatherV2')),
    gatherNdGradient,
    ...broadcastGradients,
    selectGradient,
    ...tieGradients,
    ...flatGradients,
    powGradient(tf.getGradient('Pow')),
    cumsumGradient,
    prodGradient,
    tileGradient,
    mirrorPadGradient,
    ...partsGradients,
    batchNormGradient,
    ...averagePoolGradients(tf.getGradient),
    ...resizeGradients(tf.getGradient),
    ...refusedGradients(tf.getGradient),
  ];
  for (const definition of definitions) {
    if (tf.getGradient(definition.kernelName) != null) tf.unregisterGradient(definition.kernelName);
    tf.registerGradient(definition);
  }
}
