import { type ParameterTree, tensorOf, tf } from '@rlloom/tensor';
import type { NormConfig } from '../config/model-config.ts';
import { layerNorm } from './layer-norm.ts';
import { rmsNorm } from './rms-norm.ts';

/**
 * A norm by name.
 *
 * @param norm the kind of norm the model has
 * @param module the parameters that hold `<name>.weight`, and `<name>.bias` for a norm of kind `layer`
 * @param x `[N,H]`
 */
export function normalize(
  norm: NormConfig,
  { parameters, name }: { readonly parameters: ParameterTree; readonly name: string },
  x: tf.Tensor2D,
): tf.Tensor2D {
  const weight = tensorOf(parameters, `${name}.weight`);
  switch (norm.kind) {
    case 'rms':
      return rmsNorm(x, weight, norm.epsilon);
    case 'rms-plus-one':
      return rmsNorm(x, tf.add(weight, 1), norm.epsilon);
    case 'layer':
      return layerNorm(x, { weight, bias: tensorOf(parameters, `${name}.bias`) }, norm.epsilon);
  }
}
